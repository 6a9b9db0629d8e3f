import HTTPWire
import Testing

/// Rows of W3C Trace Context, §3.2 and §3.3.
struct TraceContextTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var value: String
        var isValid: Bool
        var testDescription: String { value }

        init(_ value: String, _ isValid: Bool = false) {
            self.value = value
            self.isValid = isValid
        }
    }

    static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    static let span = "00f067aa0ba902b7"

    static let rows = [
        Row("00-\(trace)-\(span)-01", true), Row("00-\(trace)-\(span)-00", true), Row("00-\(trace)-\(span)-ff", true),
        // A later version may be longer, behind a dash.
        Row("cc-\(trace)-\(span)-01", true), Row("cc-\(trace)-\(span)-01-more", true),
        Row("cc-\(trace)-\(span)-01.more"), Row("00-\(trace)-\(span)-01-more"), Row("ff-\(trace)-\(span)-01"),
        Row("00-\(trace.uppercased())-\(span)-01"), Row("00-\(trace)-\(span)"), Row("00-\(trace)-\(span)-1"),
        Row("00-\(trace)-\(span)-0g"), Row("00-\(trace.dropLast())-\(span)-01"), Row("00_\(trace)-\(span)-01"),
        Row("00-\(String(repeating: "0", count: 32))-\(span)-01"), Row("00-\(trace)-0000000000000000-01"), Row("mine"),
        Row(""),
    ]

    static func field(_ fields: String) throws -> HeadFields.TraceField {
        try RequestHead.parse(Array("GET / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n".utf8).span).fields.trace
    }

    @Test(arguments: rows) func `is valid or not, as the recommendation says`(row: Row) throws {
        let field = try Self.field("Traceparent: \(row.value)\r\n")
        guard case .valid(let context) = field else {
            #expect(!row.isValid && field == .malformed)
            return
        }
        #expect(row.isValid && context.traceID == Self.trace)
        let flag = row.value.dropFirst(53).prefix(2) == "00" ? "00" : "01"
        #expect(context.text == "00-\(Self.trace)-\(Self.span)-\(flag)")
        #expect(context.from(span: 0xAB).text == "00-\(Self.trace)-00000000000000ab-\(flag)")
    }

    @Test func `none is absent, and two are malformed`() throws {
        #expect(try Self.field("") == .absent)
        let one = "traceparent: 00-\(Self.trace)-\(Self.span)-01\r\n"
        #expect(try Self.field(one + one) == .malformed)
    }

    @Test func `a new one is never zero`() {
        let context = TraceContext(high: 0, low: 0, span: 0)
        #expect(context.text == "00-00000000000000000000000000000001-0000000000000001-01")
    }

    @Test(arguments: [false, true]) func `a head has our words in the place of the client's`(dropsState: Bool) throws {
        let text =
            "POST / HTTP/1.1\r\nHost: h\r\nTraceparent: x\r\nTracestate: a=b\r\nBaggage: c=d\r\nB3: 0\r\n"
            + "Content-Length: 1\r\n\r\n"
        let head = try RequestHead.parse(Array(text.utf8).span)
        var output: [UInt8] = []
        let trace = OutgoingTrace(TraceContext(high: 1, low: 2, span: 3), dropsState: dropsState)
        HeadWriter.request(head, host: "e", requestID: "i", bodyLength: 0, trace: trace, into: &output)
        #expect(
            String(decoding: output, as: UTF8.self)
                == "POST / HTTP/1.1\r\nhost: e\(dropsState ? "" : "\r\nTracestate: a=b")\r\nBaggage: c=d\r\nB3: 0\r\n"
                + "traceparent: 00-00000000000000010000000000000002-0000000000000003-01\r\nx-request-id: i\r\n"
                + "content-length: 0\r\n\r\n")
    }
}
