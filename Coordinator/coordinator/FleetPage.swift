import AgentProtocol
import Fleet
import JSONValues
import KVIndex

/// The fleet as JSON: who tells of it, the engines, and what the index of their caches holds.
enum FleetPage {
    static func json(of fleet: FleetDebug) -> JSONValue {
        [
            "agents": .array(fleet.agents.map(json)), "engines": .array(fleet.engines.map(json)),
            "ranks": .array(
                fleet.ranks.map { ["rank": .string($0.id.description), "blocks": JSONValue($0.blocks)] }),
            "index": [
                "blocks": JSONValue(fleet.index.blocks), "holderSets": JSONValue(fleet.index.holderSets),
                "bytes": JSONValue(fleet.index.byteCount), "evictedBlocks": JSONValue(fleet.index.evicted),
                "refusedMemberships": JSONValue(fleet.index.refused),
            ],
        ]
    }

    private static func json(_ agent: FleetDebug.Agent) -> JSONValue {
        .members([
            "name": .string(agent.id.name), "engines": JSONValue(agent.engines),
            "lostForSeconds": agent.lostFor.map { .double(Double($0.components.seconds)) },
            "receivesSnapshot": agent.isReceivingSnapshot ? true : nil,
        ])
    }

    private static func json(_ engine: EngineState) -> JSONValue {
        let facts = engine.description
        return [
            "id": .string(facts.id.description), "node": .string(facts.node), "host": .string(facts.host),
            "kind": .string(facts.kind.rawValue), "agent": .string(engine.agent.name),
            "reachable": .bool(engine.isReachable), "ready": .bool(facts.isReady),
            "models": .array(facts.models.map { .string($0) }),
            "adapters": .array(facts.adapters.map { .string($0) }),
            "blockSize": JSONValue(facts.blockSize), "blocks": JSONValue(facts.blockCount),
            "exactCache": .bool(facts.hasExactCache), "running": JSONValue(engine.load.running),
            "waiting": JSONValue(engine.load.waiting), "cacheUsage": .double(engine.load.cacheUsage),
            "timeToFirstTokenSeconds": .double(engine.load.timeToFirstToken),
            "timePerOutputTokenSeconds": .double(engine.load.timePerOutputToken),
        ]
    }
}
