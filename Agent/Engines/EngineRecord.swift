import AgentProtocol
import EngineWire
import KVBlocks

/// All that is known of one engine.
struct EngineRecord: Sendable {
    /// Answers missed in a row before a busy engine counts as not ready.
    static let silencesMax = 3

    let target: EngineTarget
    /// Tells this record from an earlier one under the same name.
    let generation: UInt64
    var description: EngineDescription
    var load: EngineLoad?
    /// One for each rank.
    var ranks: [Rank]
    var pace = ProbePace()
    private(set) var window = LoadWindow()
    private(set) var processStart: Double?
    private var hasAnswered = false
    private var isAsleep = false
    /// The process behind its port, where that is seen from here.
    private(set) var process: EngineProcess?
    private var silences = 0

    /// What belongs to one data-parallel rank.
    struct Rank: Sendable {
        /// The subscription's number.
        var follower: Int
        var source: KVEventSubscriber.Source?
        /// Why its events are not followed.
        var note: String?
        var stream: RankStream
    }

    init(_ target: EngineTarget, generation: UInt64, incarnation: UInt64, followers: [Int]) {
        self.target = target
        self.generation = generation
        description = EngineDescription(
            id: target.id, podUID: target.podUID, node: target.node, host: target.host, kind: target.kind,
            incarnation: incarnation)
        description.models = target.models
        description.rankCount = target.rankCount
        description.blockSize = target.blockSize
        ranks = followers.enumerated().map { index, follower in
            let stream = RankStream(canReplay: false, naming: target.naming)
            var rank = Rank(follower: follower, source: nil, note: nil, stream: stream)
            rank.follow(target.events, rank: index, of: target)
            return rank
        }
        updateExactness()
    }

    /// What to ask the engine for now.
    func question(at now: ContinuousClock.Instant) -> EngineQuestion {
        EngineQuestion(
            target: target, generation: generation, wantsPage: pace.wantsPage(at: now),
            wantsDetails: !hasAnswered || pace.wantsDetails(at: now),
            wantsProcess: target.sharesLoopback && process == nil)
    }

    /// A new life of the engine's processes: nothing of the old one is left, and what is still on its way from before
    /// `time`, seconds since 1970, is of the old one.
    mutating func beginLife(_ incarnation: UInt64, since time: Double = -.infinity) {
        description.incarnation = incarnation
        window = LoadWindow()
        load = nil
        processStart = nil
        for index in ranks.indices { ranks[index].stream = ranks[index].stream.renewed(since: time) }
        updateExactness()
    }

    /// Takes the health of the engine; true where its process is gone since it was last seen.
    mutating func take(_ health: EngineProbe.Health) -> Bool {
        switch health {
        case .ready:
            silences = 0
            hasAnswered = true
            description.isReady = true
        case .unwell:
            silences = 0
            hasAnswered = true
            description.isReady = false
        case .silent:
            silences += 1
            if silences >= EngineRecord.silencesMax { description.isReady = false }
        case .refused:
            silences = 0
            description.isReady = false
            process = nil
            defer { hasAnswered = false }
            return hasAnswered
        }
        return false
    }

    /// Takes the process that was found behind the port; true where that is another than before.
    mutating func take(_ found: EngineProcess) -> Bool {
        defer { process = found }
        return process.map { $0 != found } ?? false
    }

    /// The process behind the port has ended.
    mutating func processEnded() {
        process = nil
        silences = 0
        hasAnswered = false
        description.isReady = false
    }

    /// Takes a metrics page; true where it is from another process than the one before.
    mutating func isOfNewProcess(_ page: EnginePage) -> Bool {
        defer { processStart = page.processStart ?? processStart }
        guard let start = page.processStart, let processStart else { return false }
        return start != processStart
    }

    /// Takes a metrics page; true where the engine fell asleep: it forgot its cache and says so only with its next
    /// step, which may never come.
    mutating func hasFallenAsleep(_ page: EnginePage) -> Bool {
        defer { isAsleep = page.isAsleep }
        return page.isAsleep && !isAsleep
    }

    /// Takes a metrics page; the load where it changed.
    mutating func take(_ page: EnginePage, at now: ContinuousClock.Instant) -> EngineLoad? {
        if let size = page.blockSize, size > 0 { description.blockSize = size }
        if let count = page.blockCount, count > 0 {
            description.blockCount = count
            for index in ranks.indices { ranks[index].stream.expect(blocks: count) }
        }
        preferBlockSizeOfEvents()
        let load = window.load(page, at: now)
        pace.loaded(load, at: now)
        defer { self.load = load }
        return load == self.load ? nil : load
    }

    /// Blocks of events may be finer than those of the pool; chains are matched in the events' blocks.
    mutating func preferBlockSizeOfEvents() {
        if let size = ranks.lazy.map(\.stream.cache.blockSize).first(where: { $0 > 0 }) { description.blockSize = size }
    }

    /// Takes what the engine told of itself; the ranks to follow from elsewhere than before.
    mutating func take(_ details: EngineProbe.Details, at now: ContinuousClock.Instant) -> [Int] {
        pace.detailed(at: now)
        if let models = details.models, !models.isEmpty { description.models = models }
        if let adapters = details.adapters { description.adapters = adapters }
        description.modelFiles = details.modelFiles
        var moved: [Int] = []
        for index in ranks.indices {
            guard let told = details.events?[index] else { continue }
            let old = ranks[index].source
            ranks[index].follow(target.events?.resolved(by: told) ?? told, rank: index, of: target)
            if ranks[index].source != old { moved.append(index) }
        }
        updateExactness()
        return moved
    }

    mutating func fail(rank: Int, _ error: ZMQError) {
        ranks[rank].source = nil
        ranks[rank].note = "its KV events cannot be followed: \(error)"
        updateExactness()
    }

    mutating func updateExactness() {
        description.hasExactCache = ranks.allSatisfy { $0.source != nil && $0.stream.drift.fault == nil }
    }
}

extension EngineRecord.Rank {
    fileprivate mutating func follow(_ settings: KVEventSettings?, rank: Int, of target: EngineTarget) {
        let old = source
        switch settings?.source(rank: rank, host: target.host, sharesLoopback: target.sharesLoopback) {
        case .success(let found): (source, note) = (found, nil)
        case .failure(let reason): (source, note) = (nil, reason.text)
        case nil: (source, note) = (nil, "it publishes no KV events")
        }
        if source != old {
            stream = RankStream(canReplay: source?.replayEndpoint != nil, naming: target.naming)
        }
    }
}

/// What a probe shall find out.
struct EngineQuestion: Sendable {
    var target: EngineTarget
    var generation: UInt64
    var wantsPage: Bool
    var wantsDetails: Bool
    var wantsProcess: Bool
}

/// What a probe found out.
struct EngineAnswer: Sendable {
    var health: EngineProbe.Health
    var page: EnginePage?
    var details: EngineProbe.Details?
    var process: EngineProcess?
}
