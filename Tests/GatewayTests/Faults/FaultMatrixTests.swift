import AgentProtocol
import Gateway
import NIOCore
import NIOPosix
import Observability
import Routing
import SystemFiles
import Testing

/// Engines that go wrong in every way, clients that are slow or leave, and a router between them that may do neither.
/// `MARTLET_FAULT_REQUESTS` says how many requests there are, `MARTLET_FAULT_SEED` which.
struct FaultMatrixTests {
    static let count = Int(Environment["MARTLET_FAULT_REQUESTS"] ?? "") ?? 3_000
    static let seed = UInt64(Environment["MARTLET_FAULT_SEED"] ?? "") ?? 20_261_122
    static let clients = 48
    static let engines = 4

    @Test(.timeLimit(.minutes(30)))
    func `whatever engines do, no answer is mixed, doubled or without an end`() async throws {
        let seed = Self.seed
        var endpoints = [try await RetryTests.dead("dead")]
        var running: [ScriptedEngine] = []
        for number in 0..<Self.engines {
            let name = "e\(number)"
            let engine = try await ScriptedEngine.start(name, remembers: false) { received in
                guard let request = FaultRequest(body: received.body, seed: seed) else { return [.close] }
                return Fault.drawn(seed, name, request).steps(name, request)
            }
            running.append(engine)
            endpoints.append(engine.endpoint())
        }
        try await GatewayHarness.run(
            endpoints,
            configuration: { configuration in
                configuration.headTimeout = .milliseconds(200)
                configuration.idleTimeout = .milliseconds(200)
                configuration.health.breaker.pause = .milliseconds(20)
                configuration.health.breaker.pauseMax = .milliseconds(200)
                configuration.decisionsMax = 16
                configuration.accessLog = nil
            }
        ) { harness async throws in
            let tally = try await Self.run(harness.port)
            try await Self.check(tally, harness)
        }
        for engine in running { try await engine.stop() }
    }

    private static func run(_ port: Int) async throws -> FaultTally {
        let group = MultiThreadedEventLoopGroup.singleton
        return try await withThrowingTaskGroup(of: FaultTally.self) { tasks in
            for client in 0..<clients {
                let requests = stride(from: client, to: count, by: clients).map { FaultRequest($0, seed: seed) }
                let loop = group.next()
                tasks.addTask { try await FaultClient.run(requests, port: port, on: loop) }
            }
            return try await tasks.reduce(into: FaultTally()) { $0.merge($1) }
        }
    }

    private static func check(_ tally: FaultTally, _ harness: GatewayHarness) async throws {
        let seed = "seed \(seed), \(count) requests: \(tally.text)"
        StandardError.write("fault matrix, \(seed)")
        #expect(tally.violations.isEmpty, "\(seed): \(tally.violations.joined(separator: "\n"))")
        #expect(tally[.hung] == 0 && tally[.wrong] == 0, "\(seed)")
        #expect(tally.total == count, "\(seed)")
        // Three faults in four that come before the first byte are mended by another engine.
        #expect(tally[.whole] > count * 6 / 10, "\(seed)")
        #expect(tally[.cut] > 0 && tally[.refused] > 0 && tally[.left] > 0, "\(seed)")
        let metrics = harness.metrics
        try await eventually("everything to be over") {
            let text = metrics.text()
            return text.contains("\nkthena_router_active_requests 0\n")
                && text.split(separator: "\n").allSatisfy {
                    !$0.hasPrefix("kthena_router_active_upstream_requests{") || $0.hasSuffix(" 0")
                }
        }
        let counted = metrics.text().split(separator: "\n").filter { $0.hasPrefix("kthena_router_requests_total{") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
        // Of a client that leaves at once the router may not even see the request.
        #expect(counted <= Double(count) && counted >= Double(count - tally[.left]), "\(seed), counted \(counted)")
    }
}
