import HTTPWire
import SystemFiles
import TestKit
import Testing

/// What a reader makes of one response.
struct ReadResponse: Equatable {
    var status = 0
    var body: [UInt8] = []
    var isComplete = false
}

func readResponse(_ text: [UInt8], pieces size: Int) throws -> ReadResponse {
    var reader = ResponseReader()
    var pending: [UInt8] = []
    var response = ReadResponse()
    var start = 0
    while start < text.count {
        let end = min(text.count, start + size)
        pending += text[start..<end]
        start = end
        var position = 0
        while let event = try reader.next(in: pending.span, from: &position) {
            switch event {
            case .head(let head): response.status = head.status
            case .body(let range): response.body += pending[range]
            case .end: response.isComplete = true
            }
            if response.isComplete { return response }
        }
        pending.removeFirst(position)
    }
    return response
}

/// Spoiled messages, cut anywhere. `MARTLET_FUZZ_CASES` says how many each test takes, `MARTLET_FUZZ_SEED` where the
/// random numbers begin.
struct ReaderFuzzTests {
    static let cases = Int(Environment["MARTLET_FUZZ_CASES"] ?? "") ?? 5_000
    static let seed = UInt64(Environment["MARTLET_FUZZ_SEED"] ?? "") ?? 20_261_121

    static let requests = [
        "POST /v1/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /x HTTP/1.1\r\nHost: b\r\n\r\n",
        "POST /x?y=z HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close, x\r\n\r\n"
            + "5;a=b\r\nhello\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
        "\r\nGET http://a/b HTTP/1.0\r\nConnection: keep-alive\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n",
    ].map { Array($0.utf8) }

    static let responses = [
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "8\r\ndata: a\n\r\n3\r\nb\n\n\r\n0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy",
        "HTTP/1.0 200 OK\r\nServer: x\r\n\r\nuntil the end",
    ].map { Array($0.utf8) }

    /// Bytes that mean something to a reader.
    static let telling = Array("\r\n\r\n :;,0 5aF\t".utf8) + [0, 0x0B, 0x7F, 0x80, 0xFF]

    static func spoiled(_ text: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = text
        for _ in 0..<random.below(5) where !bytes.isEmpty {
            let index = random.below(bytes.count)
            switch random.below(6) {
            case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.remove(at: index)
            case 2: bytes[index] = telling[random.below(telling.count)]
            case 3: bytes.insert(telling[random.below(telling.count)], at: index)
            case 4: bytes.removeSubrange(index..<min(bytes.count, index + random.below(12)))
            default: bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + random.below(24))], at: index)
            }
        }
        return bytes
    }

    @Test func `a request reads the same however it is cut`() {
        expectSameHoweverCut(Self.requests) { try read($0, pieces: $1) }
    }

    @Test func `a response reads the same however it is cut`() {
        expectSameHoweverCut(Self.responses) { try readResponse($0, pieces: $1) }
    }

    private func expectSameHoweverCut<Events: Equatable>(
        _ texts: [[UInt8]], _ read: ([UInt8], _ pieces: Int) throws -> Events
    ) {
        var random = SeededRandom(seed: Self.seed)
        for number in 0..<Self.cases {
            let text = Self.spoiled(texts[random.below(texts.count)], &random)
            let whole = Result { try read(text, max(1, text.count)) }
            let cut = Result { try read(text, 1 + random.below(40)) }
            guard Self.agree(whole, cut) else {
                Issue.record("seed \(Self.seed) case \(number): \(whole) but cut \(cut) for \(text)")
                return
            }
        }
    }

    private static func agree<Value: Equatable>(_ left: Result<Value, any Error>, _ right: Result<Value, any Error>)
        -> Bool
    {
        switch (left, right) {
        case (.success(let left), .success(let right)): left == right
        case (.failure, .failure): true
        case (.success, .failure), (.failure, .success): false
        }
    }
}
