import HTTPWire
import Testing

struct HeadWriterTests {
    @Test func `relays a request without what was meant for this hop`() throws {
        let text =
            "POST /v1/chat/completions?a=1 HTTP/1.1\r\nHost: client.example\r\nContent-Type: application/json\r\n"
            + "Connection: keep-alive, X-Private\r\nX-Private: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nUpgrade: h2c\r\n"
            + "X-Request-Id: theirs\r\nContent-Length: 9\r\nExpect: 100-continue\r\nAuthorization: Bearer t\r\n\r\n"
        let head = try RequestHead.parse(Array(text.utf8).span)
        var output: [UInt8] = []
        HeadWriter.request(head, host: "10.0.0.1:8000", requestID: "ours", bodyLength: 3, into: &output)
        #expect(
            String(decoding: output, as: UTF8.self)
                == "POST /v1/chat/completions?a=1 HTTP/1.1\r\nhost: 10.0.0.1:8000\r\nContent-Type: application/json\r\n"
                + "Authorization: Bearer t\r\nx-request-id: ours\r\ncontent-length: 3\r\n\r\n")
    }

    struct Row: Sendable {
        var head: String
        var framing: BodyFraming
        var expected: String
    }

    static let rows = [
        Row(
            head: "HTTP/1.1 200 OK\r\nserver: e\r\ncontent-length: 5\r\nconnection: close\r\n\r\n", framing: .length(5),
            expected: "HTTP/1.1 200 OK\r\nserver: e\r\nx-request-id: i\r\ncontent-length: 5\r\n\r\n"),
        Row(
            head: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", framing: .chunked,
            expected: "HTTP/1.1 200 OK\r\nx-request-id: i\r\ntransfer-encoding: chunked\r\n\r\n"),
        Row(
            head: "HTTP/1.0 404 Nothing here\r\nx-request-id: e\r\n\r\n", framing: .chunked,
            expected: "HTTP/1.1 404 Nothing here\r\nx-request-id: i\r\ntransfer-encoding: chunked\r\n\r\n"),
        Row(
            head: "HTTP/1.1 204 No Content\r\n\r\n", framing: .none,
            expected: "HTTP/1.1 204 No Content\r\nx-request-id: i\r\n\r\n"),
        Row(
            head: "HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\n", framing: .none,
            expected: "HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\nx-request-id: i\r\n\r\n"),
    ]

    @Test(arguments: rows)
    func `relays a response with the framing it will have`(row: Row) throws {
        let head = try ResponseHead.parse(Array(row.head.utf8).span, isBodyless: false)
        var output: [UInt8] = []
        HeadWriter.response(
            head, requestID: "i", style: .init(framing: row.framing, keepsAlive: true, isOldClient: false),
            into: &output)
        #expect(String(decoding: output, as: UTF8.self) == row.expected)
    }

    @Test func `reads responses with interim ones before them`() throws {
        let text = Array("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".utf8)
        for size in 1...text.count {
            var reader = ResponseReader()
            var pending: [UInt8] = []
            var seen = ""
            for start in stride(from: 0, to: text.count, by: size) {
                pending += text[start..<min(text.count, start + size)]
                var position = 0
                while let event = try reader.next(in: pending.span, from: &position) {
                    switch event {
                    case .head(let head): seen += "\(head.status) "
                    case .body(let range): seen += String(decoding: pending[range], as: UTF8.self)
                    case .end: seen += " end"
                    }
                    if seen.hasSuffix("end") { break }
                }
                pending.removeFirst(position)
            }
            #expect(seen == "200 ok end", "pieces of \(size)")
        }
    }

    @Test func `a response without length lasts to the connection's end`() throws {
        let head = try ResponseHead.parse(Array("HTTP/1.1 200 OK\r\n\r\n".utf8).span, isBodyless: false)
        #expect(head.framing == .untilClose)
        #expect(!head.keepsAlive)
        #expect(throws: HTTPViolation.malformedStatusLine) {
            _ = try ResponseHead.parse(Array("HTTP/1.1 20 OK and more\r\n\r\n".utf8).span, isBodyless: false)
        }
    }
}
