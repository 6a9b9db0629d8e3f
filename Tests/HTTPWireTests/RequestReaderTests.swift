import HTTPWire
import Testing

/// Everything a reader makes of bytes, fed in pieces of one size.
struct ReadRequest: Equatable {
    var method = ""
    var target = ""
    var body: [UInt8] = []
    var isComplete = false
}

func read(_ text: [UInt8], pieces size: Int) throws -> [ReadRequest] {
    var reader = RequestReader()
    var pending: [UInt8] = []
    var requests: [ReadRequest] = []
    var start = 0
    while start < text.count {
        let end = min(text.count, start + size)
        pending += text[start..<end]
        start = end
        var position = 0
        loop: while true {
            let event = try reader.next(in: pending.span, from: &position)
            switch event {
            case nil: break loop
            case .head(let head): requests.append(ReadRequest(method: head.methodText, target: head.targetText))
            case .body(let range): requests[requests.count - 1].body += pending[range]
            case .end: requests[requests.count - 1].isComplete = true
            }
        }
        pending.removeFirst(position)
    }
    return requests
}

struct RequestReaderTests {
    @Test(arguments: [1, 2, 3, 7, 64, 10_000])
    func `reads pipelined requests whatever the pieces are`(size: Int) throws {
        let text =
            "POST /v1/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
            + "\r\nGET /healthz?x=1 HTTP/1.1\r\nhost:b\r\n\r\n"
            + "POST http://a/v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3;name=value\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
        let requests = try read(Array(text.utf8), pieces: size)
        #expect(
            requests == [
                ReadRequest(
                    method: "POST", target: "/v1/completions", body: Array("hello".utf8), isComplete: true),
                ReadRequest(method: "GET", target: "/healthz?x=1", isComplete: true),
                ReadRequest(method: "POST", target: "/v1/x", body: Array("abc0123456789".utf8), isComplete: true),
            ])
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var text: String
        var violation: HTTPViolation
        var testDescription: String { "\(violation): \(text.prefix(60).debugDescription)" }

        init(_ violation: HTTPViolation, _ text: String) {
            self.violation = violation
            self.text = text
        }
    }

    static let post = "POST / HTTP/1.1\r\nHost: a\r\n"
    static let refusals = [
        Refusal(.bareLineFeed, "GET / HTTP/1.1\nHost: a\n\n"),
        Refusal(.bareLineFeed, "GET / HTTP/1.1\r\nHost: a\n\r\n"),
        Refusal(.malformedFieldValue, "GET / HTTP/1.1\r\nHost: a\rb: c\r\n\r\n"),
        Refusal(.foldedLine, "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"),
        Refusal(.spaceBeforeColon, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
        Refusal(.malformedFieldName, "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"),
        Refusal(
            .malformedFieldName, "GET / HTTP/1.1\r\nHost: a\r\nno colon\u{01}\r\n\r\n".replacing(" colon", with: "")),
        Refusal(.malformedFieldValue, "GET / HTTP/1.1\r\nHost: a\u{00}b\r\n\r\n"),
        Refusal(.malformedRequestLine, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
        Refusal(.malformedRequestLine, "GET /\r\nHost: a\r\n\r\n"),
        Refusal(.malformedRequestLine, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
        Refusal(.malformedRequestLine, "GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
        Refusal(.malformedRequestLine, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        Refusal(.unsupportedVersion, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
        Refusal(.unsupportedVersion, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
        Refusal(.missingHost, "GET / HTTP/1.1\r\n\r\n"),
        Refusal(.repeatedHost, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        Refusal(.lengthAndTransferCoding, post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Refusal(.repeatedLength, post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
        Refusal(.repeatedLength, post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
        Refusal(.malformedLength, post + "Content-Length: 5, 5\r\n\r\nhello"),
        Refusal(.malformedLength, post + "Content-Length: +5\r\n\r\nhello"),
        Refusal(.malformedLength, post + "Content-Length: -1\r\n\r\n"),
        Refusal(.malformedLength, post + "Content-Length: 0x5\r\n\r\nhello"),
        Refusal(.malformedLength, post + "Content-Length:\r\n\r\n"),
        Refusal(.malformedLength, post + "Content-Length: 99999999999999999999\r\n\r\n"),
        Refusal(.unsupportedTransferCoding, post + "Transfer-Encoding: gzip, chunked\r\n\r\n"),
        Refusal(.unsupportedTransferCoding, post + "Transfer-Encoding: xchunked\r\n\r\n"),
        Refusal(.unsupportedTransferCoding, post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
        Refusal(.unsupportedTransferCoding, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        Refusal(.malformedChunkSize, post + "Transfer-Encoding: chunked\r\n\r\n\r\n"),
        Refusal(.malformedChunkSize, post + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n"),
        Refusal(.malformedChunkSize, post + "Transfer-Encoding: chunked\r\n\r\n 5\r\nhello\r\n0\r\n\r\n"),
        Refusal(.malformedChunkSize, post + "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n"),
        Refusal(.malformedChunkSize, post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"),
        Refusal(.malformedChunk, post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n"),
        Refusal(
            .chunkLineTooLong, post + "Transfer-Encoding: chunked\r\n\r\n5;" + String(repeating: "a", count: 2_000)),
        Refusal(
            .trailerTooLarge, post + "Transfer-Encoding: chunked\r\n\r\n0\r\nx: " + String(repeating: "a", count: 9_000)
        ),
        Refusal(.headTooLarge, "GET / HTTP/1.1\r\nHost: a\r\nx: " + String(repeating: "a", count: 70_000)),
        Refusal(
            .tooManyFields,
            "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "x: y\r\n", count: HeadLimits.fieldsMax) + "\r\n"),
    ]

    @Test(arguments: refusals)
    func `refuses what two readers could read differently`(row: Refusal) {
        for size in [1, 13, 100_000] where size > 1 || row.text.utf8.count < 4_000 {
            #expect(throws: row.violation) { try read(Array(row.text.utf8), pieces: size) }
        }
    }

    @Test func `takes as many fields as allowed, and a head of just the largest size`() throws {
        let fields = String(repeating: "x: y\r\n", count: HeadLimits.fieldsMax - 1)
        #expect(try read(Array("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n".utf8), pieces: 4_096).count == 1)
        let start = "GET / HTTP/1.1\r\nHost: a\r\nx: "
        let filler = String(repeating: "a", count: HeadLimits.bytesMax - start.utf8.count - 4)
        #expect(try read(Array((start + filler + "\r\n\r\n").utf8), pieces: 70_000).count == 1)
        #expect(throws: HTTPViolation.headTooLarge) {
            try read(Array((start + filler + "a\r\n\r\n").utf8), pieces: 70_000)
        }
    }

    @Test func `knows what becomes of the connection`() throws {
        func head(_ text: String) throws -> RequestHead { try RequestHead.parse(Array(text.utf8).span) }
        #expect(try head("GET / HTTP/1.1\r\nHost: a\r\n\r\n").keepsAlive)
        #expect(try !head("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n").keepsAlive)
        #expect(try !head("GET / HTTP/1.0\r\n\r\n").keepsAlive)
        #expect(try head("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keepsAlive)
        #expect(try head("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n").expectsContinue)
    }
}
