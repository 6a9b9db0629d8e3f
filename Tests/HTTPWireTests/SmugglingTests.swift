import HTTPWire
import TestKit
import Testing

struct SmugglingTests {
    @Test(arguments: SmugglingCase.all)
    func `is refused whatever the pieces are`(row: SmugglingCase) {
        let bytes = Array(row.text.utf8)
        for size in [1, 7, 100_000] where size > 1 || bytes.count < 4_000 {
            let violation = #expect(throws: HTTPViolation.self) { try read(bytes, pieces: size) }
            #expect(violation?.status == row.status, "\(row.name) in pieces of \(size)")
            #expect(violation?.reason.isEmpty == false)
        }
    }

    struct Taken: Sendable {
        var text: String
        var body: String
    }

    static let post = "POST / HTTP/1.1\r\nHost: a\r\n"
    static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"
    static let taken = [
        Taken(text: post + "Content-Length: 5\r\n\r\nhello", body: "hello"),
        Taken(text: post + "Content-Length:5 \t\r\n\r\nhello", body: "hello"),
        Taken(text: post + "Content-Length: 0005\r\n\r\nhello", body: "hello"),
        Taken(text: post + "Transfer-Encoding: \t CHUNKED \r\n\r\n5\r\nhello\r\n0\r\n\r\n", body: "hello"),
        Taken(text: chunked + "5;a=b;c=\"d\"\r\nhello\r\n0\r\n\r\n", body: "hello"),
        Taken(text: chunked + "000000000000005\r\nhello\r\n0\r\n\r\n", body: "hello"),
        Taken(text: chunked + "3\r\nhel\r\n2\r\nlo\r\n00\r\n\r\n", body: "hello"),
        // Framing that a trailer names is no framing.
        Taken(text: chunked + "5\r\nhello\r\n0\r\nContent-Length: 7\r\nHost: b\r\n\r\n", body: "hello"),
        Taken(text: "\r\n" + post + "Content-Length: 5\r\n\r\nhello", body: "hello"),
        Taken(text: "POST http://b/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", body: "hello"),
        Taken(text: "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", body: ""),
    ]

    @Test(arguments: taken)
    func `what is well-formed ends where it says, and the next request begins there`(row: Taken) throws {
        let next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
        for size in [1, 3, 1_000] {
            let requests = try read(Array((row.text + next).utf8), pieces: size)
            #expect(requests.count == 2, "\(row.text.debugDescription)")
            #expect(requests.first?.body == Array(row.body.utf8))
            #expect(requests.last == ReadRequest(method: "GET", target: "/next", isComplete: true))
        }
    }

    struct Response: Sendable {
        var text: String
        var violation: HTTPViolation

        init(_ violation: HTTPViolation, _ text: String) {
            self.text = text
            self.violation = violation
        }
    }

    static let ok = "HTTP/1.1 200 OK\r\n"
    static let responses = [
        Response(.lengthAndTransferCoding, ok + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Response(.repeatedLength, ok + "Content-Length: 4\r\nContent-Length: 5\r\n\r\n"),
        Response(.malformedLength, ok + "Content-Length: four\r\n\r\n"),
        Response(.unsupportedTransferCoding, ok + "Transfer-Encoding: gzip, chunked\r\n\r\n"),
        Response(.foldedLine, ok + "X: a\r\n b\r\n\r\n"),
        Response(.spaceBeforeColon, ok + "Content-Length : 4\r\n\r\n"),
        Response(.bareLineFeed, "HTTP/1.1 200 OK\nX: a\n\n"),
        Response(.malformedFieldValue, ok + "X: a\u{00}b\r\n\r\n"),
        Response(.malformedStatusLine, "HTTP/2 200 OK\r\nX: a\r\n\r\n"),
        Response(.malformedStatusLine, "HTTP/1.1 20 OK\r\nX: a\r\n\r\n"),
        Response(.malformedStatusLine, "HTTP/1.1 2000 OK\r\nX: a\r\n\r\n"),
        Response(.malformedStatusLine, "ICY 200 OK\r\nX: abcdef\r\n\r\n"),
        Response(.malformedChunkSize, ok + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n"),
        Response(.malformedChunk, ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n"),
        Response(.headTooLarge, ok + "X: " + String(repeating: "a", count: 70_000)),
    ]

    @Test(arguments: responses)
    func `an engine's answer is refused as well`(row: Response) {
        for size in [1, 7, 100_000] where size > 1 || row.text.utf8.count < 4_000 {
            #expect(throws: row.violation) { try readResponse(Array(row.text.utf8), pieces: size) }
        }
    }
}
