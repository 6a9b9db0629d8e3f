/// A chat request for model `m` that is unlike the one before, made once and renumbered in place, so that it costs the
/// load next to nothing.
struct ChatRequest: Sendable {
    private static let words = "the quick brown fox jumps over the lazy dog and says hello again to "
    private static let digits = 9

    let head: [UInt8]
    private(set) var body: [UInt8]
    private var number = 0
    private let start: Int

    /// With about `bytes` bytes; its prompt begins with a number.
    init(bytes: Int, isStream: Bool = false) {
        let text = String(repeating: Self.words, count: max(1, (bytes - 120) / Self.words.utf8.count))
        let opening = #"{"model":"m","messages":[{"role":"user","content":""#
        let number = String(repeating: "0", count: Self.digits)
        body = Array("\(opening)\(number) \(text)\"}],\"max_tokens\":64,\"stream\":\(isStream)}".utf8)
        head = Array(
            """
            POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
            Content-Length: \(body.count)\r\n\r\n
            """.utf8)
        start = opening.utf8.count
    }

    /// Leaves that many numbers out.
    mutating func skip(_ count: Int) { number += count }

    /// Becomes the next one.
    mutating func advance() {
        number += 1
        var rest = number
        for place in (start..<start + Self.digits).reversed() {
            body[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}
