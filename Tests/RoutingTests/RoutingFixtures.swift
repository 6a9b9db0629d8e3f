import AgentProtocol
import KVBlocks
import Routing

/// A small seeded generator, so that a failure repeats.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension Endpoint {
    static func pod(
        _ name: String, _ role: Role = .none, group: String = "", node: String = ""
    ) -> Endpoint {
        Endpoint(
            engine: EngineID(namespace: "dev", pod: name, port: 8000), host: "127.0.0.1", node: node, role: role,
            group: group)
    }
}

extension TargetServer {
    static func of(_ endpoints: [Endpoint], isDisaggregated: Bool = false) -> TargetServer {
        var server = TargetServer(name: ObjectName(namespace: "dev", name: "server"), endpoints: endpoints)
        server.isDisaggregated = isDisaggregated
        return server
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
