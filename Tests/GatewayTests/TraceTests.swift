import Gateway
import HTTPWire
import JSONValues
import Testing

/// Traces from the client through the router to the engine.
struct TraceTests {
    static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    static let others = "Tracestate: v=1\r\nBaggage: a=b\r\nX-B3-TraceId: 9\r\n"

    struct Row: Sendable, CustomTestStringConvertible {
        /// What becomes of the client's `traceparent`.
        enum Outcome: Sendable { case passes, joined, begun, none }

        var policy: TracePolicy
        var parent: String?
        var outcome: Outcome
        var testDescription: String { "\(policy) \(parent ?? "without")" }
    }

    static let rows = [
        Row(policy: .forward, parent: parent, outcome: .passes), Row(policy: .forward, parent: "?", outcome: .passes),
        Row(policy: .forward, parent: nil, outcome: .none), Row(policy: .join, parent: parent, outcome: .joined),
        Row(policy: .join, parent: "?", outcome: .begun), Row(policy: .join, parent: nil, outcome: .none),
        Row(policy: .start, parent: parent, outcome: .joined), Row(policy: .start, parent: "?", outcome: .begun),
        Row(policy: .start, parent: nil, outcome: .begun),
    ]

    @Test(arguments: rows) func `becomes what the configuration says`(row: Row) async throws {
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response(RelayTests.answer)] }
        try await GatewayHarness.run([engine.endpoint()], configuration: { $0.traces = row.policy }) {
            harness async throws in
            let fields = (row.parent.map { "Traceparent: \($0)\r\n" } ?? "") + Self.others + "X-Request-Id: t\r\n"
            _ = try await harness.ask(post("/v1/completions", #"{"model":"m","prompt":"a"}"#, fields: fields))
            let sent = try #require(engine.received.first).fields
            #expect(sent["baggage"] == "a=b" && sent["x-b3-traceid"] == "9")
            #expect(sent["tracestate"] == (row.outcome == .begun ? nil : "v=1"))
            try Self.check(row, sent["traceparent"], try JSONValue.parse(try await harness.decision("t"))["trace"])
            let lines = harness.lines
            try await eventually("the line") { lines.text.contains("\n") }
            let isOwn = row.outcome == .joined || row.outcome == .begun
            let parts = sent["traceparent"]?.split(separator: "-") ?? []
            #expect(lines.text.contains("trace_id=") == isOwn)
            if isOwn { #expect(lines.text.hasSuffix(") trace_id=\(parts[1]) span_id=\(parts[2])\n")) }
        }
        try await engine.stop()
    }

    private static func check(_ row: Row, _ sent: String?, _ record: JSONValue?) throws {
        switch row.outcome {
        case .none: #expect(sent == nil && record == nil)
        case .passes:
            #expect(sent == row.parent)
            #expect(record?["spanID"] == nil)
            #expect(record?["traceID"]?.string == (row.parent == parent ? "4bf92f3577b34da6a3ce929d0e0e4736" : nil))
        case .joined:
            let sent = try #require(sent)
            #expect(sent.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-") && sent.hasSuffix("-01") && sent != parent)
            #expect(record?["parentSpanID"]?.string == "00f067aa0ba902b7")
            #expect(record?["spanID"]?.string == String(sent.dropFirst(36).prefix(16)))
        case .begun:
            let context = try #require(TraceContext(Array((sent ?? "").utf8)[...]))
            #expect(context.isSampled && record?["traceID"]?.string == context.traceID)
            #expect(record?["parentSpanID"] == nil)
        }
    }

    @Test func `both legs of a pair are sent from one span`() async throws {
        let (prefill, decode) = (try await PairTests.prefill(), try await PairTests.decode())
        try await PairTests.run([prefill], [decode], configuration: { $0.traces = .start }) { harness async throws in
            _ = try await harness.ask(PairTests.request)
            let sent = (prefill.received + decode.received).compactMap { $0.fields["traceparent"] }
            #expect(sent.count == 2 && Set(sent).count == 1)
        }
    }
}
