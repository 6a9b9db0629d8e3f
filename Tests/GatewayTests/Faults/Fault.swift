import NIOCore
import TestKit

/// What an engine does to one request. Which, a seed, the engine and the request's id decide.
enum Fault: String, CaseIterable, Sendable {
    case none, slow, hang, tooMany, unavailable, oops, closedAtOnce, resetAtOnce, headThenClose, headThenHang
    case stalled, truncated, reset, brokenChunk, brokenEvents, garbage

    /// Of a hundred requests, how many meet a fault at one engine.
    static let percent = 35

    /// The same for the same seed, engine and request.
    static func drawn(_ seed: UInt64, _ engine: String, _ request: FaultRequest) -> Fault {
        let salt = engine.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        var random = SeededRandom(seed: seed ^ salt ^ (UInt64(request.number) &* 0x9E37_79B9_7F4A_7C15))
        guard random.chance(percent) else { return .none }
        return allCases[1 + random.below(allCases.count - 1)]
    }

    /// What the engine named so does with the request.
    func steps(_ engine: String, _ request: FaultRequest) -> [ScriptedEngine.Step] {
        let pieces = request.pieces(from: engine)
        let head = ScriptedEngine.Step.send(request.isStream ? ScriptedEngine.streamHead : request.head(pieces))
        let (first, rest) = (pieces.prefix(pieces.count / 2), pieces.suffix(from: pieces.count / 2))
        func send(_ pieces: some Sequence<String>) -> ScriptedEngine.Step { .send(pieces.joined()) }
        switch self {
        case .none: return [head, send(pieces)]
        case .slow: return [.pause(.milliseconds(20)), head, send(first), .pause(.milliseconds(20)), send(rest)]
        case .hang: return [.hang]
        case .tooMany: return [ScriptedEngine.response(request.refusal, "429 Too Many Requests")]
        case .unavailable: return [ScriptedEngine.response(request.refusal, "503 Service Unavailable")]
        case .oops: return [ScriptedEngine.response(request.refusal, "500 Internal Server Error")]
        case .closedAtOnce: return [.close]
        case .resetAtOnce: return [.reset]
        case .headThenClose: return [head, .close]
        case .headThenHang: return [head, .hang]
        case .stalled: return [head, send(first), .hang]
        case .truncated: return [head, send(first), .pause(.milliseconds(2)), .close]
        case .reset: return [head, send(first), .pause(.milliseconds(2)), .reset]
        case .brokenChunk:
            guard request.isStream else { return [.send("HTTP/1.1 200 OK\r\ncontent-length: 5, 6\r\n\r\nhello")] }
            return [head, send(first), .send("zz\r\ndata: broken\r\n")]
        case .brokenEvents:
            guard request.isStream else { return [head, send(pieces)] }
            // Well framed, but no events: whose fault it is the client has to find out itself.
            let broken = ScriptedEngine.chunk("data: {\"choices\":[{\u{1}\n\nevent\n\n")
            return [head, send(first), .send(broken), send(rest)]
        case .garbage: return [.send("SSH-2.0-OpenSSH_9.9\r\n\r\n")]
        }
    }
}

/// One request of a fault matrix; each token of its answer carries its number, its place and its engine.
struct FaultRequest: Sendable, Hashable {
    enum Client: Sendable, Hashable {
        case patient
        /// Takes a little of the answer now and then.
        case slow
        /// Leaves once it has so many bytes.
        case leaves(after: Int)
    }

    var number: Int
    var isStream: Bool
    var tokens: Int
    var client: Client

    init(_ number: Int, seed: UInt64) {
        var random = SeededRandom(seed: seed &+ UInt64(number) &* 0xD134_2543_DE82_EF95)
        self.number = number
        isStream = random.chance(70)
        client = .patient
        tokens = 2 + random.below(18)
        if random.chance(5) {
            client = .slow
            tokens = 500 + random.below(1_000)
        } else if random.chance(6) {
            client = .leaves(after: random.below(600))
        }
    }

    /// Reads a request back from its body.
    init?(body: String, seed: UInt64) {
        guard let mark = body.firstRange(of: "\"prompt\":\"r") else { return nil }
        guard let number = Int(body[mark.upperBound...].prefix { $0.isNumber }) else { return nil }
        self.init(number, seed: seed)
    }

    var text: String {
        post(
            "/v1/completions",
            #"{"model":"m","prompt":"r\#(number)","stream":\#(isStream),"stream_options":{"include_usage":true}}"#,
            fields: "X-Request-Id: r\(number)\r\n")
    }

    var refusal: String { #"{"error":{"message":"r\#(number) is refused","code":0}}"# }

    func token(_ place: Int, from engine: String) -> String { "<r\(number)/\(place)@\(engine)>" }

    /// The answer's body in pieces of one token, framing included, and its end.
    func pieces(from engine: String) -> [String] {
        let tokens = (0..<tokens).map { token($0, from: engine) }
        guard isStream else { return [#"{"choices":[{"text":""#] + tokens + [#""}]}"#] }
        return tokens.map { ScriptedEngine.chunk("data: {\"choices\":[{\"text\":\"\($0)\"}]}\n\n") }
            + [ScriptedEngine.chunk("data: [DONE]\n\n"), "0\r\n\r\n"]
    }

    func head(_ pieces: [String]) -> String {
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
            + "content-length: \(pieces.reduce(0) { $0 + $1.utf8.count })\r\n\r\n"
    }
}
