import AgentProtocol
import Fleet
import KVBlocks
import KVIndex
import Synchronization
import Testing

struct FleetTests {
    private let one = AgentID("node-1")
    private let two = AgentID("node-2")
    private let chain = (1...6).map { BlockHash(UInt64($0)) }

    /// A clock that tests set.
    private final class TestClock: Sendable {
        private let time = Mutex(Duration.zero)
        var now: Duration {
            get { time.withLock { $0 } }
            set { time.withLock { $0 = newValue } }
        }
    }

    private func id(_ pod: String) -> EngineID { EngineID(namespace: "dev", pod: pod, port: 8000) }

    private func engine(_ pod: String, incarnation: UInt64 = 1, host: String = "127.64.0.1") -> EngineDescription {
        EngineDescription(
            id: id(pod), podUID: "u", node: "n", host: host, kind: .vLLM, incarnation: incarnation)
    }

    private func stored(_ pod: String, _ count: Int, incarnation: UInt64 = 1, rank: Int = 0) -> Report {
        .cache(
            id(pod), rank: rank, incarnation: incarnation,
            .stored(parent: nil, blocks: Array(chain.prefix(count)), tier: .device))
    }

    private func matches(_ fleet: Fleet) -> [String: Int] {
        var result: [String: Int] = [:]
        for (rank, blocks) in fleet.matches(chain) { result["\(rank.engine.pod)#\(rank.rank)"] = blocks }
        return result
    }

    @Test func `engines are found by identity and by address`() {
        let fleet = Fleet()
        fleet.apply(.reports([.engine(engine("a")), .engine(engine("b", host: "127.64.0.2"))]), from: one)
        var load = EngineLoad()
        load.waiting = 3
        fleet.apply(.reports([.load(id("b"), load)]), from: one)
        let snapshot = fleet.snapshot
        #expect(snapshot.engines.count == 2)
        #expect(snapshot[address: "127.64.0.2:8000"]?.load.waiting == 3)
        #expect(snapshot[address: "127.64.0.2:8000"]?.description.id == id("b"))
        #expect(snapshot[id("a")]?.agent == one)
        #expect(snapshot[address: "127.64.0.3:8000"] == nil)
    }

    @Test func `a snapshot does not change after it was taken`() {
        let fleet = Fleet()
        fleet.apply(.reports([.engine(engine("a"))]), from: one)
        let before = fleet.snapshot
        fleet.apply(.reports([.engineGone(id("a"))]), from: one)
        #expect(before.engines.count == 1)
        #expect(fleet.snapshot.engines.isEmpty)
        #expect(fleet.snapshot.version > before.version)
    }

    @Test func `leading blocks are counted for each rank`() {
        let fleet = Fleet()
        fleet.apply(
            .reports([
                .engine(engine("a")), .engine(engine("b")), stored("a", 2), stored("a", 6, rank: 1), stored("b", 4),
                .cache(id("b"), rank: 0, incarnation: 1, .removed(blocks: [chain[1]], tier: .device)),
            ]), from: one)
        #expect(matches(fleet) == ["a#0": 2, "a#1": 6, "b#0": 1])
        #expect(fleet.matches([]).isEmpty)
    }

    @Test func `a new incarnation forgets the cache of the one before`() {
        let fleet = Fleet()
        fleet.apply(.reports([.engine(engine("a")), stored("a", 5)]), from: one)
        fleet.apply(.reports([.engine(engine("a", incarnation: 2)), stored("a", 6, incarnation: 1)]), from: one)
        #expect(matches(fleet).isEmpty)
        fleet.apply(.reports([stored("a", 3, incarnation: 2), .engine(engine("a", incarnation: 1))]), from: one)
        #expect(matches(fleet) == ["a#0": 3])
        #expect(fleet.snapshot[id("a")]?.description.incarnation == 2)
    }

    @Test func `a changed description keeps the cache`() {
        let fleet = Fleet()
        fleet.apply(.reports([.engine(engine("a")), stored("a", 5)]), from: one)
        var ready = engine("a")
        ready.isReady = true
        fleet.apply(.reports([.engine(ready)]), from: one)
        #expect(matches(fleet) == ["a#0": 5])
        #expect(fleet.snapshot[id("a")]?.description.isReady == true)
    }

    @Test func `an agent's snapshot replaces its picture at once and no other's`() {
        let fleet = Fleet()
        fleet.apply(.reports([.engine(engine("a")), stored("a", 5), .engine(engine("b")), stored("b", 5)]), from: one)
        fleet.apply(.reports([.engine(engine("c")), stored("c", 4)]), from: two)
        fleet.apply(.snapshotBegan, from: one)
        fleet.apply(.reports([.engine(engine("a")), stored("a", 2)]), from: one)
        #expect(matches(fleet) == ["a#0": 5, "b#0": 5, "c#0": 4], "nothing shows before the end")
        #expect(fleet.snapshot.engines.count == 3)
        fleet.apply(.snapshotEnded, from: one)
        #expect(matches(fleet) == ["a#0": 2, "c#0": 4])
        #expect(fleet.snapshot.engines.count == 2)
    }

    @Test func `an unfinished snapshot leaves the old picture and no rest in the index`() {
        let fleet = Fleet()
        fleet.apply(.reports([.engine(engine("a")), stored("a", 5)]), from: one)
        for _ in 0..<3 {
            fleet.apply(.snapshotBegan, from: one)
            fleet.apply(.reports([.engine(engine("a")), stored("a", 6)]), from: one)
        }
        fleet.apply(.lost(.silent), from: one)
        #expect(matches(fleet) == ["a#0": 5])
        #expect(fleet.debug.index.blocks == 5)
        #expect(fleet.debug.index.holderSets == 1)
    }

    @Test func `a lost agent's engines become unreachable after the grace and keep their cache`() {
        let clock = TestClock()
        let fleet = Fleet(grace: .seconds(10)) { clock.now }
        fleet.apply(.connected(AgentDescription(id: one, epoch: 1)), from: one)
        fleet.apply(.reports([.engine(engine("a")), stored("a", 5)]), from: one)
        fleet.apply(.lost(.silent), from: one)
        clock.now = .milliseconds(9999)
        #expect(fleet.snapshot[id("a")]?.isReachable == true)
        clock.now = .seconds(10)
        #expect(fleet.snapshot[id("a")]?.isReachable == false)
        #expect(matches(fleet) == ["a#0": 5])
        fleet.apply(.connected(AgentDescription(id: one, epoch: 1)), from: one)
        #expect(fleet.snapshot[id("a")]?.isReachable == true)
        #expect(matches(fleet) == ["a#0": 5])
    }

    @Test func `an agent lost for an hour is forgotten`() {
        let clock = TestClock()
        let fleet = Fleet { clock.now }
        fleet.apply(.reports([.engine(engine("a")), stored("a", 5)]), from: one)
        fleet.apply(.lost(.silent), from: one)
        for minute in 1...59 {
            clock.now = .seconds(minute * 60)
            fleet.refresh()
        }
        #expect(fleet.snapshot.engines.count == 1)
        clock.now = .seconds(3600)
        fleet.refresh()
        #expect(fleet.snapshot.engines.isEmpty)
        #expect(fleet.debug.index.blocks == 0)
    }

    @Test func `a pod that moved belongs to the agent of its later life`() {
        let fleet = Fleet()
        fleet.apply(.reports([.engine(engine("a", incarnation: 1)), stored("a", 5)]), from: one)
        fleet.apply(
            .reports([.engine(engine("a", incarnation: 2)), stored("a", 2, incarnation: 2)]), from: two)
        #expect(fleet.snapshot[id("a")]?.agent == two)
        #expect(matches(fleet) == ["a#0": 2])
        fleet.apply(.reports([.engineGone(id("a"))]), from: one)
        #expect(fleet.snapshot[id("a")]?.agent == two)
        #expect(matches(fleet) == ["a#0": 2])
    }

    @Test func `changes are told once until somebody looks`() {
        let fleet = Fleet()
        let told = Mutex(0)
        fleet.onChange { told.withLock { $0 += 1 } }
        _ = fleet.snapshot
        for pod in ["a", "b", "c"] { fleet.apply(.reports([.engine(engine(pod))]), from: one) }
        #expect(told.withLock { $0 } == 1)
        _ = fleet.snapshot
        fleet.apply(.reports([stored("a", 3), .engine(engine("a"))]), from: one)
        fleet.apply(.reports([stored("a", 4)]), from: one)
        let afterRank = told.withLock { $0 }
        _ = fleet.snapshot
        fleet.apply(.reports([stored("a", 5)]), from: one)
        #expect(told.withLock { $0 } == afterRank, "blocks alone are no news")
        fleet.apply(.reports([.engineGone(id("a"))]), from: one)
        #expect(told.withLock { $0 } == afterRank + 1)
    }

    @Test func `debug names agents, engines, ranks and the index`() {
        let fleet = Fleet()
        fleet.apply(.connected(AgentDescription(id: one, epoch: 7, version: "1.2")), from: one)
        fleet.apply(.reports([.engine(engine("b")), .engine(engine("a")), stored("a", 3, rank: 1)]), from: one)
        let debug = fleet.debug
        #expect(debug.agents.map(\.id) == [one])
        #expect(debug.agents.first?.description?.version == "1.2")
        #expect(debug.engines.map(\.description.id.pod) == ["a", "b"])
        #expect(debug.ranks.map { "\($0.id)=\($0.blocks)" } == ["dev/a:8000#1=3"])
        #expect(debug.index.blocks == 3)
    }

    @Test func `the summary counts agents and engines by their state`() {
        let clock = TestClock()
        let fleet = Fleet(grace: .seconds(10)) { clock.now }
        fleet.apply(.connected(AgentDescription(id: one, epoch: 1)), from: one)
        var well = engine("a")
        well.isReady = true
        fleet.apply(.reports([.engine(well), .engine(engine("b")), stored("a", 3)]), from: one)
        var summary = fleet.summary
        #expect(summary.connectedAgents == 1 && summary.lostAgents == 0 && summary.index.blocks == 3)
        #expect(summary.readyEngines == 1 && summary.unreadyEngines == 1)
        fleet.apply(.lost(.silent), from: one)
        clock.now = .seconds(11)
        fleet.refresh()
        summary = fleet.summary
        #expect(summary.connectedAgents == 0 && summary.lostAgents == 1)
        #expect(summary.unreachableEngines == 2 && summary.readyEngines + summary.unreadyEngines == 0)
    }
}
