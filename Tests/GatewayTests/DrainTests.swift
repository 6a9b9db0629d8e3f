import Gateway
import Logging
import NIOCore
import NIOHTTP2
import Observability
import Routing
import ServiceLifecycle
import Synchronization
import TestKit
import Testing

/// Shutdown: who is told, who is waited for, and who is cut off.
struct DrainTests {
    /// A gateway with one engine for model `m` that is asked to end by `stop`, and has ended when this returns.
    static func run(
        _ endpoint: Endpoint, change: (inout GatewayConfiguration) -> Void = { _ in },
        _ body:
            @Sendable @escaping (_ port: Int, _ metrics: MetricsRegistry, _ stop: @Sendable () async -> Void)
            async throws -> Void
    ) async throws {
        var configuration = GatewayConfiguration(port: 0)
        configuration.loops = 1
        change(&configuration)
        let metrics = MetricsRegistry()
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        let gateway = Gateway(
            configuration, metrics: GatewayMetrics(metrics), logger: Logger(label: "test"),
            onReady: { continuation.yield($0) })
        let route = Route(
            name: ObjectName(namespace: "dev", name: "route"), model: "m",
            rules: [RouteRule(targets: [RouteTarget(server: "server")])])
        let server = TargetServer(name: ObjectName(namespace: "dev", name: "server"), endpoints: [endpoint])
        gateway.update(RouteTable(routes: [route], servers: [server]))
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: gateway, successTerminationBehavior: .ignore)],
                logger: Logger(label: "test")))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            do {
                try await body(port, metrics) { await group.triggerGracefulShutdown() }
            } catch {
                tasks.cancelAll()
                throw error
            }
            try await tasks.waitForAll()
        }
    }

    static func engine(pause: TimeAmount) async throws -> ScriptedEngine {
        try await ScriptedEngine.start { _ in
            [
                .send(ScriptedEngine.streamHead), .send(ScriptedEngine.chunk("data: 1\n\n")), .pause(pause),
                .send(ScriptedEngine.chunk("data: [DONE]\n\n") + "0\r\n\r\n"),
            ]
        }
    }

    static let stream = #"{"model":"m","prompt":"a","stream":true,"stream_options":{"include_usage":true}}"#

    @Test func `streams end whole while the port takes nobody, on both protocols`() async throws {
        let engine = try await Self.engine(pause: .milliseconds(700))
        try await Self.run(engine.endpoint()) { port, metrics, stop async throws in
            let idle = try await RawClient.connect(port)
            try await idle.send("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await idle.read(until: "ready\"}").hasPrefix("HTTP/1.1 200 "))
            let first = try await RawClient.connect(port)
            try await first.send(post("/v1/completions", Self.stream))
            let client = try await HTTP2Client.connect(port)
            let second = try await client.begin("POST", "/v1/completions", Self.stream)
            try await eventually("both first events") { first.text.contains("data: 1") && second.count > 0 }
            await stop()
            try await eventually("the idle connection's end") { idle.isClosed }
            try await eventually("no more connections") { (try? await RawClient.connect(port)) == nil }
            #expect(!first.isClosed && !client.isClosed)
            #expect(try await first.readToEnd().hasSuffix("data: [DONE]\n\n\r\n0\r\n\r\n"))
            try await second.ended()
            #expect(second.isEnded && second.body.hasSuffix("data: [DONE]\n\n"))
            #expect(client.goAway.withLock { $0 } == .noError)
            #expect(metrics.text().contains("martlet_gateway_drain_cut_requests_total 0"))
        }
    }

    @Test func `in the grace it is not ready, and answers close their connections`() async throws {
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response("{}")] }
        try await Self.run(engine.endpoint(), change: { $0.readinessGrace = .milliseconds(800) }) {
            port, _, stop async throws in
            await stop()
            try await eventually("not ready") {
                let probe = try? await RawClient.connect(port)
                try? await probe?.send("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = try? await probe?.readToEnd()
                try? await probe?.close()
                return answer?.hasPrefix("HTTP/1.1 503 ") == true
            }
            let late = try await RawClient.connect(port)
            try await late.send(post("/v1/completions", #"{"model":"m","prompt":"a"}"#))
            let answer = try await late.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains("\r\nconnection: close\r\n"))
            try await eventually("no more connections") { (try? await RawClient.connect(port)) == nil }
        }
    }

    @Test func `what does not end in time is cut off, counted and never made to look whole`() async throws {
        let engine = try await Self.engine(pause: .seconds(60))
        let start = ContinuousClock.now
        try await Self.run(engine.endpoint(), change: { $0.drainTimeout = .milliseconds(300) }) {
            port, metrics, stop async throws in
            let first = try await RawClient.connect(port)
            try await first.send(post("/v1/completions", Self.stream))
            let client = try await HTTP2Client.connect(port)
            let second = try await client.begin("POST", "/v1/completions", Self.stream)
            let half = try await RawClient.connect(port)
            try await half.send(String(post("/v1/completions", Self.stream).dropLast(5)))
            try await eventually("both first events") { first.text.contains("data: 1") && second.count > 0 }
            await stop()
            #expect(try await first.readToEnd().contains("[DONE]") == false)
            try await second.ended()
            #expect(!second.isEnded && second.reset == .internalError)
            #expect(try await half.readToEnd().hasPrefix("HTTP/1.1 503 "))
            #expect(metrics.text().contains("martlet_gateway_drain_cut_requests_total 2"))
        }
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func `a client that sends its body while shutdown begins is answered`() async throws {
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response("{}")] }
        try await Self.run(engine.endpoint()) { port, _, stop async throws in
            let request = post("/v1/completions", #"{"model":"m","prompt":"a"}"#)
            let client = try await RawClient.connect(port)
            try await client.send(String(request.dropLast(5)))
            let probe = try await RawClient.connect(port)
            try await probe.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await probe.read(until: "ok")
            await stop()
            try await eventually("no more connections") { (try? await RawClient.connect(port)) == nil }
            try await client.send(String(request.suffix(5)))
            #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 200 "))
        }
    }
}
