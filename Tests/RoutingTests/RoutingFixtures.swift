import AgentProtocol
import KVBlocks
import Routing

extension Endpoint {
    static func pod(
        _ name: String, _ role: Role = .none, group: String = "", node: String = "", domains: [Domain] = []
    ) -> Endpoint {
        Endpoint(
            engine: EngineID(namespace: "dev", pod: name, port: 8000), host: "127.0.0.1", node: node, role: role,
            group: group, domains: domains)
    }
}

extension TargetServer {
    static func of(_ endpoints: [Endpoint], isDisaggregated: Bool = false) -> TargetServer {
        var server = TargetServer(name: ObjectName(namespace: "dev", name: "server"), endpoints: endpoints)
        server.isDisaggregated = isDisaggregated
        return server
    }
}

extension TargetPlan {
    /// Numbered by place, as by a ledger that knows only these engines.
    static func of(_ endpoints: [Endpoint], isDisaggregated: Bool = false) -> TargetPlan {
        TargetPlan(.of(endpoints, isDisaggregated: isDisaggregated), numbers: endpoints.indices.map { Int32($0) })
    }

    /// Readings as the gateway takes them, of facts and matches by pod.
    func readings(
        _ request: RoutingRequest, _ facts: [String: EngineFacts] = [:], matches: [String: Int] = [:],
        inFlight: InFlight = InFlight(), now: Duration = .seconds(100)
    ) -> [EngineReading] {
        var readings = server.endpoints.map { endpoint in
            let model = request.adapter ?? request.model
            var reading = facts[endpoint.engine.pod].map { EngineReading($0, model: model) } ?? EngineReading()
            reading.matchedBlocks = Int32(matches[endpoint.engine.pod] ?? 0)
            return reading
        }
        var inFlight = inFlight
        inFlight.read(inFlight.enlist(server.endpoints.map(\.engine)), chain: request.chain, now: now, into: &readings)
        return readings
    }
}

extension EngineFacts {
    static func busy(
        running: Int = 0, waiting: Int = 0, usage: Double = 0, isReady: Bool = true, models: [String] = []
    ) -> EngineFacts {
        var load = EngineLoad()
        load.running = running
        load.waiting = waiting
        load.cacheUsage = usage
        return EngineFacts(load: load, isReady: isReady, models: models, blockSize: 16, hasExactCache: true)
    }
}

func chain(_ count: Int, from start: UInt64 = 0) -> [BlockHash] { (0..<count).map { BlockHash(start + UInt64($0)) } }
