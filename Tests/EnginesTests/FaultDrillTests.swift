import AgentProtocol
@testable import EngineWire
@testable import Engines
import JSONValues
import KVBlocks
import SystemFiles
import TestKit
import Testing

/// An agent whose engines and sockets fail in every way, against the literal truth of the engine's cache.
///
/// `MARTLET_DRILL_FAULTS` sets how many faults there are (10,000 for the long form), `MARTLET_DRILL_SEED` which.
@Suite(.timeLimit(.minutes(10))) struct FaultDrillTests {
    @Test func `whatever is lost, cut, killed or paused, nothing is missing and nothing is claimed twice`() throws {
        let faults = Environment["MARTLET_DRILL_FAULTS"].flatMap { Int($0) } ?? 400
        let seed = Environment["MARTLET_DRILL_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0 ... .max)
        var drill = Drill(seed: seed)
        for number in 0..<faults {
            let fault = drill.fail()
            let verdict = drill.settled()
            #expect(verdict == Drill.Verdict(), "fault \(number), \(fault), MARTLET_DRILL_SEED=\(seed)")
            if verdict != Drill.Verdict() { return }
        }
        #expect(drill.blocksCompared > faults * 10, "the drill compares something")
    }
}

/// What can go wrong between an engine and the agent.
enum DrillFault: CaseIterable {
    /// Live batches that never arrive.
    case lost
    /// The subscription is cut for a while, and what was on its way is lost with it.
    case cut
    case duplicated
    case swapped
    /// The engine dies, and the agent sees its port closed.
    case killed
    /// The engine dies and comes back before the agent looks.
    case killedUnseen
    /// The agent is late: messages pile up while the engine goes on and a replay runs.
    case paused
    /// The replay breaks off in its middle.
    case replayCut
    /// The agent itself begins anew.
    case agentRestarted
    case reset
}

/// One engine, one agent and the sockets between them.
private struct Drill {
    /// What is wrong with the agent's picture.
    struct Verdict: Equatable {
        var missing = 0
        var stale = 0
        /// Gains told of blocks that were held, and losses of blocks that were not.
        var toldTwice = 0
        /// The receiver of the reports holds something else than the agent.
        var isOtherThanReported = false
    }

    private static let id = EngineID(namespace: "dev", pod: "p", port: 8000)
    private static let targets = EngineTarget.targets(
        of: EngineCandidate(
            namespace: "dev", name: "p", uid: "u", node: "n", ip: "10.0.0.7",
            containers: [
                [
                    "command": ["vllm", "serve", "m"],
                    "args": [
                        "--kv-events-config",
                        #"{"enable_kv_cache_events":true,"endpoint":"tcp://*:1","replay_endpoint":"tcp://*:2"}"#,
                    ],
                ]
            ]))

    private var random: SeededRandom
    private var engine = DrillEngine()
    private var table = EngineTable()
    private var follower = 0
    /// Seconds since 1970, of engine and agent.
    private var time = 1_000.0
    /// Messages on their way, by socket; each socket keeps their order.
    private var live: [KVEventDelivery] = []
    private var replays: [KVEventDelivery] = []
    private var mirror: Set<BlockHash> = []
    private var incarnation: UInt64 = 0
    private var toldTwice = 0
    private(set) var blocksCompared = 0
    private var cutsReplay = false

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        restartAgent()
    }

    private var wall: Int64 { Int64((time * 1_000_000).rounded()) }

    /// Lets one fault happen in the middle of work.
    mutating func fail() -> DrillFault {
        let fault = DrillFault.allCases[random.below(DrillFault.allCases.count)]
        work()
        switch fault {
        case .lost: serve().forEach { if random.chance(50) { send([$0]) } }
        case .cut:
            live = []
            _ = serve()
        case .duplicated:
            let batches = serve()
            send(batches)
            // A subscription made anew may hear what it had heard, in its old order.
            if let last = batches.last { send([last]) }
        case .swapped:
            var batches = serve()
            if batches.count > 1 { batches.swapAt(batches.count - 1, batches.count - 2) }
            send(batches)
        case .killed:
            engine = DrillEngine()
            time += 0.001
            answer(.refused)
            time += 0.001
        case .killedUnseen:
            live = []
            // Of a replay without an answer the agent hears that it ended.
            if !replays.isEmpty { replays = [.replayEnded(follower: follower, isComplete: false)] }
            engine = DrillEngine()
        case .paused:
            send(serve())
            send(serve().dropFirst())
            for _ in 0..<3 { send(serve()) }
        case .replayCut:
            cutsReplay = true
            _ = serve()
        case .agentRestarted: restartAgent()
        case .reset: _ = engine.reset()
        }
        work()
        return fault
    }

    /// Compares once everything on its way has arrived.
    mutating func settled() -> Verdict {
        // The next batch that comes through shows what was lost before it.
        work()
        deliverAll()
        answer(.ready)
        deliverAll()
        let held = Set(table.records[Self.id]?.ranks[0].stream.cache.blocks.hashes ?? [])
        let truth = engine.truth
        blocksCompared += truth.count
        defer { toldTwice = 0 }
        return Verdict(
            missing: truth.subtracting(held).count, stale: held.subtracting(truth).count, toldTwice: toldTwice,
            isOtherThanReported: mirror != held)
    }

    private mutating func work() {
        send(serve())
        deliverSome()
    }

    private mutating func serve() -> [(sequence: UInt64, payload: [UInt8])] {
        // A request always computes something, but may change nothing in the cache.
        var batches: [(sequence: UInt64, payload: [UInt8])] = []
        while batches.isEmpty { batches = engine.work(&random, time: &time) }
        return batches
    }

    private mutating func send(_ batches: some Sequence<(sequence: UInt64, payload: [UInt8])>) {
        for batch in batches { live.append(message(batch.sequence, batch.payload, isReplay: false)) }
    }

    private func message(_ sequence: UInt64, _ payload: [UInt8], isReplay: Bool) -> KVEventDelivery {
        .message(
            KVEventMessage(follower: follower, topic: "", sequence: sequence, payload: payload, isReplay: isReplay))
    }

    private mutating func restartAgent() {
        table = EngineTable()
        (live, replays, mirror, incarnation) = ([], [], [], 0)
        take(table.update(Self.targets, wall: wall))
        follower = table.records[Self.id]?.ranks[0].follower ?? 0
        answer(.ready)
    }

    private mutating func answer(_ health: EngineProbe.Health) {
        guard let question = table.records[Self.id]?.question(at: .now) else { return }
        let details = health == .ready ? EngineProbe.Details() : nil
        take(
            table.answered(
                EngineAnswer(health: health, details: details), to: question, at: .now, wall: wall))
    }

    private mutating func deliverSome() {
        while !(live.isEmpty && replays.isEmpty), random.chance(80) { deliverOne() }
    }

    private mutating func deliverAll() { while !(live.isEmpty && replays.isEmpty) { deliverOne() } }

    private mutating func deliverOne() {
        let fromReplay = live.isEmpty || !replays.isEmpty && random.chance(50)
        take(table.delivered(fromReplay ? replays.removeFirst() : live.removeFirst(), wall: wall))
    }

    private mutating func take(_ effects: EngineTable.Effects) {
        for case .replay(_, let from) in effects.commands { replay(from) }
        for report in effects.reports {
            switch report {
            case .engine(let description):
                if description.incarnation != incarnation { mirror = [] }
                incarnation = description.incarnation
            case .cache(_, _, incarnation, let event): take(event)
            case .cache, .engineGone: toldTwice += 1
            case .load: break
            }
        }
    }

    private mutating func take(_ event: KVEvent) {
        switch event {
        case .stored(_, let blocks, _): for block in blocks where !mirror.insert(block).inserted { toldTwice += 1 }
        case .removed(let blocks, _): for block in blocks where mirror.remove(block) == nil { toldTwice += 1 }
        case .cleared: mirror = []
        }
    }

    /// The engine answers a replay at once with what it has by now; the agent's older one is over.
    private mutating func replay(_ start: UInt64) {
        let batches = engine.kept.enumerated().dropFirst(Int(start)).map {
            message(UInt64($0.offset), $0.element, isReplay: true)
        }
        let isCut = cutsReplay && batches.count > 1
        cutsReplay = false
        replays = isCut ? Array(batches.prefix(batches.count / 2)) : batches
        replays.append(.replayEnded(follower: follower, isComplete: !isCut))
    }
}
