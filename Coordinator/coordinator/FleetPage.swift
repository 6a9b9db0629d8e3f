import AgentProtocol
import Fleet
import JSONValues

/// The fleet as JSON.
enum FleetPage {
    static func json(of snapshot: FleetSnapshot) -> JSONValue {
        let engines = snapshot.engines.values.sorted { $0.description.id < $1.description.id }
        return ["version": JSONValue(Int(truncatingIfNeeded: snapshot.version)), "engines": .array(engines.map(json))]
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
        ]
    }
}
