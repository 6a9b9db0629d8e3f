import AgentProtocol
import Gateway
import JSONValues
import Logging
import NIOCore
import Observability
import Routing
import Synchronization
import Testing

struct RefusalTests {
    static func error(_ answer: String) throws -> JSONValue {
        let json = try JSONValue.parse(Array(body(of: answer).utf8))
        return try #require(json["error"])
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var request: String
        var status: Int
        var part: String
        var testDescription: String { part }

        init(_ status: Int, _ part: String, _ request: String) {
            self.status = status
            self.part = part
            self.request = request
        }
    }

    static let rows = [
        Row(400, "byte 12", post("/v1/completions", #"{"model":"m""#)),
        Row(400, "empty", post("/v1/completions", "")),
        Row(400, "not one JSON value", post("/v1/completions", #"{"model":"m","prompt":"a"} {"x":1}"#)),
        Row(404, "model not found", post("/v1/completions", #"{"prompt":"a"}"#)),
        Row(404, "model not found", post("/v1/completions", #"{"model":5,"prompt":"a"}"#)),
        Row(404, "model not found", post("/v1/completions", #"{"model":" ","prompt":"a"}"#)),
        Row(404, "prompt not found", post("/v1/completions", #"{"model":"m"}"#)),
        Row(404, "prompt not found", post("/v1/completions", #"{"model":"m","prompt":{"id":"p"}}"#)),
        Row(404, "prompt not found", post("/v1/chat/completions", #"{"model":"m","messages":"hi"}"#)),
        Row(404, "prompt not found", post("/v1/messages", #"{"model":"m","system":"s","messages":null}"#)),
        Row(404, "prompt not found", post("/v1/responses", #"{"model":"m","instructions":"i","input":7}"#)),
        Row(404, "route not found", post("/v1/completions", #"{"model":"nobody","prompt":"a"}"#)),
        Row(404, "route not found", "GET /v2/x HTTP/1.1\r\nHost: gateway\r\n\r\n"),
        Row(404, "can't find model server: dev/gone", post("/v1/completions", #"{"model":"lost","prompt":"a"}"#)),
        Row(
            503, "no available pods for model server: dev/idle",
            post("/v1/completions", #"{"model":"idle","prompt":"a"}"#)),
        Row(400, "can't schedule to target pod", post("/v1/completions", #"{"model":"apart","prompt":"a"}"#)),
        Row(400, "Content-Length that is not", "POST /v1/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: x\r\n\r\n"),
        Row(
            400, "both Content-Length and",
            "POST / HTTP/1.1\r\nHost: gateway\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        Row(505, "neither HTTP/1.1", "GET / HTTP/3.0\r\nHost: gateway\r\n\r\n"),
        Row(413, "larger than 1000 bytes", post("/v1/completions", String(repeating: "a", count: 1_001))),
        Row(
            413, "larger than 1000 bytes",
            "POST /v1/x HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n"
                + String(repeating: "a", count: 1_024) + "\r\n"),
    ]

    @Test(arguments: rows)
    func `says in one sentence what is wrong`(row: Row) async throws {
        func route(_ model: String, _ server: String) -> Route {
            Route(
                name: ObjectName(namespace: "dev", name: model), model: model,
                rules: [RouteRule(targets: [RouteTarget(server: server)])])
        }
        var apart = TargetServer(
            name: ObjectName(namespace: "dev", name: "apart"),
            endpoints: [Endpoint(engine: .init(namespace: "dev", pod: "p", port: 1), host: "127.0.0.1", role: .prefill)]
        )
        apart.isDisaggregated = true
        let idle = TargetServer(name: ObjectName(namespace: "dev", name: "idle"), endpoints: [])
        let engine = try await ScriptedEngine.start { _ in [] }
        let server = TargetServer(name: ObjectName(namespace: "dev", name: "s"), endpoints: [engine.endpoint()])
        try await GatewayHarness.run(
            [route("m", "s"), route("lost", "gone"), route("idle", "idle"), route("apart", "apart")],
            [apart, idle, server], change: { $0.bodyBytesMax = 1_000 }
        ) { harness async throws in
            let answer = try await harness.ask(row.request)
            #expect(answer.hasPrefix("HTTP/1.1 \(row.status) "), "\(answer)")
            let error = try Self.error(answer)
            #expect(error["message"]?.string?.contains(row.part) == true, "\(answer)")
            #expect(error["code"]?.integer == row.status)
            #expect(error["type"]?.string?.isEmpty == false)
            #expect(engine.received.isEmpty)
        }
    }

    @Test func `a body of 100 MB is refused while it comes, and the client can read why`() async throws {
        let engine = try await ScriptedEngine.start { _ in [] }
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            let client = try await RawClient.connect(harness.port)
            let size = 100 * 1_048_576
            try await client.send(
                "POST /v1/completions HTTP/1.1\r\nHost: gateway\r\nContent-Length: \(size)\r\n\r\n")
            for _ in 0..<100 where !client.isClosed {
                // A client that sends on without looking.
                _ = try? await client.send(ByteBuffer(repeating: 0x20, count: 1_048_576))
            }
            let answer = try await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 413 Content Too Large\r\n"))
            #expect(try Self.error(answer)["message"]?.string?.contains("33554432 bytes") == true)
            #expect(try await harness.ask("GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n").contains("200 OK"))
        }
    }

    @Test func `asks for a body that the client holds back`() async throws {
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response("{}")] }
        try await GatewayHarness.run([engine.endpoint()], configuration: { $0.bodyBytesMax = 100 }) {
            harness async throws in
            let body = #"{"model":"m","prompt":"a"}"#
            let head = "POST /v1/completions HTTP/1.1\r\nHost: gateway\r\nExpect: 100-continue\r\nContent-Length: "
            let client = try await RawClient.connect(harness.port)
            try await client.send(head + "\(body.utf8.count)\r\n\r\n")
            #expect(try await client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send(body)
            #expect(try await client.read(until: "{}").contains("HTTP/1.1 200 OK"))
            try await client.close()
            #expect(engine.received.first?.fields["expect"] == nil)

            let large = try await RawClient.connect(harness.port)
            try await large.send(head + "101\r\n\r\n")
            #expect(try await large.readToEnd().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func `lists models and says that it is there`() async throws {
        let engine = try await ScriptedEngine.start { _ in [] }
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            let models = try await harness.ask("GET /v1/models HTTP/1.1\r\nHost: gateway\r\n\r\n")
            #expect(
                body(of: models)
                    == #"{"object":"list","data":[{"id":"lora","object":"model","created":0,"owned_by":"kthena"},"#
                    + #"{"id":"m","object":"model","created":0,"owned_by":"kthena"}]}"#)
            let ready = try await harness.ask("GET /readyz HTTP/1.1\r\nHost: gateway\r\n\r\n")
            #expect(body(of: ready) == #"{"message":"router is ready"}"#)
        }
    }

    @Test func `a port in use is said in one sentence`() async throws {
        let engine = try await ScriptedEngine.start { _ in [] }
        let gateway = Gateway(
            GatewayConfiguration(port: engine.port), metrics: GatewayMetrics(MetricsRegistry()),
            logger: .init(label: "test"))
        await #expect {
            try await gateway.run()
        } throws: { error in
            "\(error)".contains("127.0.0.1:\(engine.port): the port is in use")
        }
    }

    @Test func `writes one line a request, with keys that are grepped for`() async throws {
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response(RelayTests.answer)] }
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            _ = try await harness.ask(
                post("/v1/completions", #"{"model":"m","prompt":"secret"}"#, fields: "X-Request-Id: line\r\n"))
            let lines = harness.lines
            try await eventually("the line") { lines.text.contains("\n") }
            let line = lines.text
            let middle =
                #""POST /v1/completions HTTP/1.1" 200 model_name=m model_route=dev/route model_server=dev/server "#
                + "selected_pod=pod-0 request_id=line backend_type=model_server backend_name=dev/server "
                + "upstream_model=real upstream_status_code=200 upstream_attempts=1 tokens=5/2 timings="
            #expect(line.contains(middle), "\(line)")
            #expect(line.hasPrefix("[20"))
            #expect(!line.contains("secret"))
            let metrics = harness.metrics.text()
            #expect(
                metrics.contains(
                    #"kthena_router_requests_total{model="m",path="/v1/completions",status_code="200","#
                        + #"error_type="successful_request",model_route="dev/route",backend_type="model_server","#
                        + #"backend_name="dev/server",upstream_model="real"} 1"#))
            #expect(metrics.contains("kthena_router_active_requests 0"))
        }
    }
}
