import AgentProtocol
import Gateway
import JSONValues
import Observability
import Routing
import Synchronization
import Testing

/// Nothing that clients say in confidence is told anywhere: not in the log, the metrics or the records.
struct SecrecyTests {
    static let prompt = "XPROMPTX"
    static let key = "XKEYX"

    static func marked(_ path: String, _ body: String, id: String) -> String {
        post(
            "\(path)?key=\(key)", body,
            fields: "Authorization: Bearer \(key)\r\nX-Api-Key: \(key)\r\nCookie: c=\(key)\r\nX-Request-Id: \(id)\r\n"
                + "Baggage: \(key)=1\r\n")
    }

    static let requests = [
        marked("/v1/completions", #"{"model":"m","prompt":"\#(prompt)"}"#, id: "served"),
        marked(
            "/v1/chat/completions",
            #"{"model":"m","stream":true,"messages":[{"role":"user","content":"\#(prompt)"}]}"#, id: "stream"),
        marked("/v1/embeddings", #"{"model":"m","input":["\#(prompt)"]}"#, id: "embedding"),
        marked("/v1/responses", #"{"model":"m","input":"\#(prompt)","instructions":"\#(prompt)"}"#, id: "response"),
        marked("/v1/messages", #"{"model":"m","system":"\#(prompt)","messages":[]}"#, id: "message"),
        marked("/v1/completions", #"{"model":"none","prompt":"\#(prompt)"}"#, id: "unrouted"),
        marked("/v1/completions", #"{"model":"m","prompt":"\#(prompt)""#, id: "broken"),
        marked("/v1/completions", #"{"prompt":"\#(prompt)","model":7}"#, id: "nameless"),
        marked("/v1/completions", #"{"model":"failing","prompt":"\#(prompt)"}"#, id: "failing"),
    ]

    @Test(arguments: AccessLogFormat.allCases)
    func `no prompt, token or key is told`(format: AccessLogFormat) async throws {
        let engine = try await ScriptedEngine.start { received in
            received.target == "/tokenize"
                ? [ScriptedEngine.response(#"{"error":"\#(Self.prompt)"}"#, "400 Bad Request")]
                : [ScriptedEngine.response(#"{"choices":[{"text":"\#(Self.prompt)"}]}"#)]
        }
        let failing = try await ScriptedEngine.start("failing") { _ in
            [ScriptedEngine.response(#"{"error":"\#(Self.prompt)"}"#, "503 \(Self.prompt)")]
        }
        let servers = [("server", [engine]), ("failing", [failing])].map { name, engines in
            TargetServer(name: ObjectName(namespace: "dev", name: name), endpoints: engines.map { $0.endpoint() })
        }
        let routes = [("m", "server"), ("failing", "failing")].map { model, server in
            Route(
                name: ObjectName(namespace: "dev", name: model), model: model,
                rules: [RouteRule(name: "all", targets: [RouteTarget(server: server)])])
        }
        let change: (inout GatewayConfiguration) -> Void = {
            $0.accessLogFormat = format
            $0.traces = .start
        }
        try await GatewayHarness.run(routes, servers, change: change) { harness async throws in
            for request in Self.requests { _ = try await harness.ask(request) }
            let (lines, count) = (harness.lines, Self.requests.count)
            try await eventually("every line") { lines.text.count { $0 == "\n" } == count }
            let records = harness.gateway.decisions(latest: 100)
            #expect(records.count == count)
            // What is looked through says what was asked, so it is the right place to look.
            #expect(lines.text.contains("failing") && records.contains { $0["model"]?.string == "m" })
            let told = [lines.text, harness.metrics.text(), JSONValue.array(records).text()]
            for secret in [Self.prompt, Self.key] { for text in told { #expect(!text.contains(secret)) } }
        }
        try await engine.stop()
        try await failing.stop()
    }
}
