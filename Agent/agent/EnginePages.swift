import AgentProtocol
import Daemon
import Engines
import Hummingbird
import JSONValues

/// `/v1/engines`: what runs on this node, how busy it is and how many blocks each rank holds.
enum EnginePages {
    static func add(to routes: AdminServer.Routes, engines: EngineMonitor) {
        routes.get("v1/engines") { _, _ in
            Response.json(["engines": .array(engines.engines.map(json))])
        }
    }

    private static func json(_ view: EngineView) -> JSONValue {
        let facts = view.description
        let load = view.load ?? EngineLoad()
        return [
            "id": .string(facts.id.description), "podUID": .string(facts.podUID), "node": .string(facts.node),
            "host": .string(facts.host), "port": JSONValue(facts.id.port), "kind": .string(facts.kind.rawValue),
            "incarnation": JSONValue(Int(truncatingIfNeeded: facts.incarnation)), "ready": .bool(facts.isReady),
            "models": .array(facts.models.map { .string($0) }),
            "adapters": .array(facts.adapters.map { .string($0) }), "ranks": JSONValue(facts.rankCount),
            "blockSize": JSONValue(facts.blockSize), "blockCount": JSONValue(facts.blockCount),
            "exactCache": .bool(facts.hasExactCache),
            "modelFiles": facts.modelFiles.map { .string($0.digest) } ?? .null,
            "blocks": JSONValue(view.ranks.reduce(0) { $0 + $1.blocks }),
            "events": .array(view.ranks.map(events)),
            "load": [
                "running": JSONValue(load.running), "waiting": JSONValue(load.waiting),
                "cacheUsage": .double(load.cacheUsage), "timeToFirstToken": .double(load.timeToFirstToken),
                "timePerOutputToken": .double(load.timePerOutputToken),
                "prefillSecondsPerToken": .double(load.prefillSecondsPerToken),
            ],
        ]
    }

    private static func events(_ rank: EngineView.Rank) -> JSONValue {
        .members([
            "endpoint": rank.endpoint.map { .string($0) }, "note": rank.note.map { .string($0) },
            "blocks": JSONValue(rank.blocks), "batches": JSONValue(Int(rank.batches)), "gaps": JSONValue(rank.gaps),
            "malformed": JSONValue(rank.malformed), "verified": JSONValue(rank.counts.verified),
            "drift": rank.drift.map { .string($0) },
        ])
    }
}
