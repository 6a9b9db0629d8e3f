import AgentProtocol
import Fleet
import JSONValues
import KVBlocks
import Observability
import Testing

@testable import coordinator

/// The fleet as its page and its metrics tell it.
struct FleetPageTests {
    static func fleet() -> Fleet {
        let fleet = Fleet()
        let agent = AgentID("n1")
        let id = EngineID(namespace: "dev", pod: "p", port: 8_000)
        var engine = EngineDescription(
            id: id, podUID: "u", node: "n1", host: "10.0.0.1", kind: .vLLM, incarnation: 1)
        engine.isReady = true
        engine.blockSize = 16
        fleet.apply(.connected(AgentDescription(id: agent, epoch: 1)), from: agent)
        let chain = BlockChain.hashes(of: Array(0..<48), blockSize: 16)
        let stored = KVEvent.stored(parent: nil, blocks: chain, tier: .device)
        fleet.apply(
            .reports([.engine(engine), .cache(id, rank: 0, incarnation: 1, stored)]), from: agent)
        return fleet
    }

    @Test func `say who tells of which engines, and what the index holds`() {
        let fleet = Self.fleet()
        let page = FleetPage.json(of: fleet.debug)
        #expect(page["agents"] == [["name": "n1", "engines": 1]])
        #expect(page["engines"]?[0]?["id"] == "dev/p:8000" && page["engines"]?[0]?["ready"] == true)
        #expect(page["ranks"] == [["rank": "dev/p:8000#0", "blocks": 3]])
        #expect(page[path: "index", "blocks"] == 3)
        let registry = MetricsRegistry()
        FleetMetrics(registry).follow(fleet, in: registry)
        let text = registry.text()
        for line in [
            #"martlet_fleet_agents{state="connected"} 1"#, #"martlet_fleet_engines{state="ready"} 1"#,
            #"martlet_fleet_engines{state="unreachable"} 0"#, "martlet_kvindex_blocks 3",
            "martlet_kvindex_evicted_blocks_total 0",
        ] {
            #expect(text.contains("\n\(line)\n"), "\(line)")
        }
    }
}
