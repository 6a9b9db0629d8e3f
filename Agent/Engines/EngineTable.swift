import AgentProtocol
import EngineWire
import KVBlocks

/// The engines of this node and everything that happens to them; pure: happenings in, reports and commands out.
///
/// 1. Reports about one engine come out in the order they became true; `engine` with a new incarnation comes before
///    anything else said of it.
/// 2. Incarnations only grow, over restarts of the agent too, as long as the clock does not go back.
/// 3. Nothing of one life is said under the incarnation of another.
struct EngineTable: Sendable {
    /// What to do outside.
    enum Command: Sendable, Hashable {
        case follow(Int, KVEventSubscriber.Source)
        case unfollow(Int)
        case replay(Int, from: UInt64)
    }

    struct Effects: Sendable, Hashable {
        var reports: [Report] = []
        var commands: [Command] = []
        /// Alarms that went on or off.
        var alarms: [Alarm] = []

        static func += (left: inout Effects, right: Effects) {
            left.reports += right.reports
            left.commands += right.commands
            left.alarms += right.alarms
        }
    }

    /// A rank's block set is no longer believed, or, without a fault, is again.
    struct Alarm: Sendable, Hashable {
        var engine: EngineID
        var rank: Int
        var fault: DriftAlarm.Fault?
    }

    private(set) var records: [EngineID: EngineRecord] = [:]
    /// Engine and rank of each subscription.
    private var followers: [Int: (id: EngineID, rank: Int)] = [:]
    /// Room for the batch that is being read: one for all ranks.
    private var rows = KVEventRows()
    private var lastFollower = 0
    private var lastGeneration: UInt64 = 0
    private var lastIncarnation: UInt64 = 0

    /// Takes the engines that shall be watched; `wall` is the time of day in microseconds.
    mutating func update(_ targets: [EngineTarget], wall: Int64) -> Effects {
        var effects = Effects()
        let wanted = Dictionary(targets.map { ($0.id, $0) }) { first, _ in first }
        for (id, record) in records where wanted[id] != record.target {
            effects.commands += record.ranks.filter { $0.source != nil }.map { .unfollow($0.follower) }
            for rank in record.ranks { followers[rank.follower] = nil }
            records[id] = nil
            if wanted[id] == nil { effects.reports.append(.engineGone(id)) }
        }
        for target in targets where records[target.id] == nil {
            lastGeneration += 1
            let numbers = (0..<target.rankCount).map { lastFollower + 1 + $0 }
            lastFollower += target.rankCount
            let record = EngineRecord(
                target, generation: lastGeneration, incarnation: incarnation(wall), followers: numbers)
            for (rank, number) in numbers.enumerated() { followers[number] = (target.id, rank) }
            records[target.id] = record
            effects.reports.append(.engine(record.description))
            effects.commands += record.ranks.compactMap { rank in rank.source.map { .follow(rank.follower, $0) } }
        }
        return effects
    }

    /// Takes what a subscription brought.
    mutating func delivered(_ delivery: KVEventDelivery, wall: Int64) -> Effects {
        switch delivery {
        case .message(let message): received(message, wall)
        case .replayEnded(let follower, let isComplete):
            change(follower, wall) { $0.replayEnded(isComplete: isComplete) }
        case .malformed: Effects()
        case .failed(let follower, let error): failed(follower, error)
        }
    }

    private mutating func received(_ message: KVEventMessage, _ wall: Int64) -> Effects {
        var batch = KVEventRows()
        swap(&batch, &rows)
        defer { swap(&batch, &rows) }
        return change(message.follower, wall) { $0.received(message, &batch) }
    }

    /// Takes what a probe found out, unless the engine is not the one that was asked.
    mutating func answered(
        _ answer: EngineAnswer, to question: EngineQuestion, at now: ContinuousClock.Instant, wall: Int64
    ) -> Effects {
        let id = question.target.id
        guard var record = records[id], record.generation == question.generation else { return Effects() }
        var effects = Effects()
        let before = record.description
        let isOver = record.take(answer.health)
        let isOther = answer.process.map { record.take($0) } ?? false
        if isOver {
            // Nobody listens at its port, so a next life has said nothing yet.
            record.beginLife(incarnation(wall), since: EngineTable.seconds(wall))
        } else if isOther || answer.page.map({ record.isOfNewProcess($0) }) == true {
            record.beginLife(incarnation(wall))
        }
        let moved = answer.details.map { record.take($0, at: now) } ?? []
        let load = answer.page.flatMap { record.take($0, at: now) }
        if record.description != before { effects.reports.append(.engine(record.description)) }
        if let load { effects.reports.append(.load(id, load)) }
        if let page = answer.page { effects.reports += forgotten(&record, page, wall) }
        for rank in moved {
            let follower = record.ranks[rank].follower
            effects.commands.append(record.ranks[rank].source.map { .follow(follower, $0) } ?? .unfollow(follower))
            // What was heard from elsewhere is not this source's.
            effects.reports.append(.cache(id, rank: rank, incarnation: record.description.incarnation, .cleared))
        }
        records[id] = record
        if answer.health == .ready, answer.details != nil {
            for rank in record.ranks { effects += change(rank.follower, wall) { $0.begin() } }
        }
        return effects
    }

    /// What is held no longer though the engine has not said so.
    private func forgotten(_ record: inout EngineRecord, _ page: EnginePage, _ wall: Int64) -> [Report] {
        let (id, incarnation) = (record.target.id, record.description.incarnation)
        var events: [(rank: Int, [KVEvent])] = []
        let now = EngineTable.seconds(wall)
        for rank in record.ranks.indices {
            events.append((rank, record.ranks[rank].stream.wasReset(page.resets, at: now)))
        }
        if record.hasFallenAsleep(page) {
            for rank in record.ranks.indices { events.append((rank, record.ranks[rank].stream.cleared())) }
        }
        return events.flatMap { rank, events in
            events.map { .cache(id, rank: rank, incarnation: incarnation, $0) }
        }
    }

    /// A process has ended: the life of the engine that it was is over.
    mutating func processEnded(_ process: EngineProcess, wall: Int64) -> Effects {
        var effects = Effects()
        for (id, record) in records where record.process == process {
            var record = record
            record.processEnded()
            record.beginLife(incarnation(wall), since: EngineTable.seconds(wall))
            records[id] = record
            effects.reports.append(.engine(record.description))
        }
        return effects
    }

    /// Reports that rebuild everything, engine by engine.
    var snapshot: [Report] {
        records.sorted { $0.key < $1.key }.flatMap { id, record in
            var reports: [Report] = [.engine(record.description)]
            if let load = record.load { reports.append(.load(id, load)) }
            for (rank, state) in record.ranks.enumerated() {
                reports += state.stream.cache.blocks.runs.map {
                    .cache(id, rank: rank, incarnation: record.description.incarnation, $0)
                }
            }
            return reports
        }
    }

    private mutating func change(
        _ follower: Int, _ wall: Int64, _ body: (inout RankStream) -> StreamOutcome
    ) -> Effects {
        guard let (id, rank) = followers[follower], var record = records[id] else { return Effects() }
        records[id] = nil
        defer { records[id] = record }
        var effects = Effects()
        let before = record.description
        let fault = record.ranks[rank].stream.drift.fault
        let outcome = body(&record.ranks[rank].stream)
        let faultNow = record.ranks[rank].stream.drift.fault
        if fault != faultNow {
            record.updateExactness()
            effects.alarms.append(Alarm(engine: id, rank: rank, fault: faultNow))
        }
        if outcome.isNewLife {
            let stream = record.ranks[rank].stream
            record.beginLife(incarnation(wall))
            record.ranks[rank].stream = stream
        }
        record.preferBlockSizeOfEvents()
        if record.description != before { effects.reports.append(.engine(record.description)) }
        effects.reports += outcome.events.map {
            .cache(id, rank: rank, incarnation: record.description.incarnation, $0)
        }
        if let sequence = outcome.replayFrom { effects.commands.append(.replay(follower, from: sequence)) }
        return effects
    }

    private mutating func failed(_ follower: Int, _ error: ZMQError) -> Effects {
        guard let (id, rank) = followers[follower] else { return Effects() }
        records[id]?.fail(rank: rank, error)
        return Effects(reports: records[id].map { [.engine($0.description)] } ?? [])
    }

    /// The time of day as events tell it: engines and agent share the node's clock.
    private static func seconds(_ wall: Int64) -> Double { Double(wall) / 1_000_000 }

    private mutating func incarnation(_ wall: Int64) -> UInt64 {
        lastIncarnation = max(lastIncarnation + 1, UInt64(max(0, wall)))
        return lastIncarnation
    }
}
