import HTTPWire
import Testing

/// Requests that come in parts, as HTTP/2 carries them, are held to the rules of text.
struct RequestPartsTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var method = "POST"
        var target = "/v1/completions?a=b"
        var authority: String? = "a.example"
        var fields: [(name: String, value: String)] = []
        var violation: HTTPViolation
    }

    static let rows = [
        Row(testDescription: "no method", method: "", violation: .malformedRequestLine),
        Row(testDescription: "a line in the method", method: "GET / HTTP/1.1\r\n", violation: .malformedRequestLine),
        Row(testDescription: "no target", target: "", violation: .malformedRequestLine),
        Row(testDescription: "a space in the target", target: "/ HTTP/1.1", violation: .malformedRequestLine),
        Row(testDescription: "a line break in the target", target: "/\r\nx: y", violation: .malformedRequestLine),
        Row(testDescription: "a target that is no path", target: "v1", violation: .malformedRequestLine),
        Row(testDescription: "no host", authority: nil, violation: .missingHost),
        Row(testDescription: "another host", fields: [("host", "b.example")], violation: .repeatedHost),
        Row(
            testDescription: "two hosts", authority: nil, fields: [("host", "a"), ("host", "a")],
            violation: .repeatedHost),
        Row(testDescription: "a line break in the authority", authority: "a\r\nx: y", violation: .malformedFieldValue),
        Row(testDescription: "a line break in a value", fields: [("x", "y\r\nz: a")], violation: .malformedFieldValue),
        Row(testDescription: "NUL in a value", fields: [("x", "a\0b")], violation: .malformedFieldValue),
        Row(testDescription: "capitals in a name", fields: [("X", "y")], violation: .malformedFieldName),
        Row(testDescription: "an empty name", fields: [("", "y")], violation: .malformedFieldName),
        Row(testDescription: "a colon in a name", fields: [("a:b", "y")], violation: .malformedFieldName),
        Row(
            testDescription: "a hop's field", fields: [("connection", "x")], violation: .malformedFieldName),
        Row(
            testDescription: "a transfer coding", fields: [("transfer-encoding", "chunked")],
            violation: .malformedFieldName),
        Row(
            testDescription: "two lengths", fields: [("content-length", "1"), ("content-length", "2")],
            violation: .repeatedLength),
        Row(testDescription: "a length that is none", fields: [("content-length", "+1")], violation: .malformedLength),
        Row(
            testDescription: "too many fields", fields: (0...100).map { ("x\($0)", "y") }, violation: .tooManyFields),
        Row(
            testDescription: "a head too large", fields: [("x", String(repeating: "y", count: 65_536))],
            violation: .headTooLarge),
    ]

    @Test(arguments: rows) func `refuses`(row: Row) {
        #expect(throws: row.violation) {
            try RequestHead.of(
                method: row.method, target: row.target, authority: row.authority, fields: row.fields)
        }
    }

    @Test func `is the same head as the text of it`() throws {
        let parts = try RequestHead.of(
            method: "POST", target: "/v1/x?a=b", authority: "a.example",
            fields: [
                ("content-length", "12"), ("cookie", "a=1"), ("host", "a.example"), ("cookie", "b=2"),
                ("x-request-id", "r"),
            ])
        let text = try RequestHead.parse(
            Array(
                ("POST /v1/x?a=b HTTP/1.1\r\nhost: a.example\r\ncontent-length: 12\r\nx-request-id: r\r\n"
                    + "cookie: a=1; b=2\r\n\r\n").utf8
            ).span)
        #expect(parts.fields.bytes == text.fields.bytes)
        #expect(parts.pathText == "/v1/x" && parts.queryText == "a=b" && parts.method == .post)
        #expect(parts.framing == .length(12) && parts.keepsAlive && !parts.isOld)
    }
}
