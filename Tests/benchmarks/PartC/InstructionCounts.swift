import Observability
import TestKit

/// What one request costs the gateway with routing, metrics, access log and decision log on, in instructions of user
/// mode: a ratchet, for it repeats on any machine to within a hundredth.
enum InstructionCounts {
    private static let few = 100
    private static let many = 400
    private static let chunks = 50

    static func bars() async throws -> [Bar] {
        guard try await hasValgrind() else {
            StandardError.write("  instructions a request: not counted, for there is no valgrind here")
            return []
        }
        let whole = try await cost(.whole(bytes: 518), bodyBytes: 1_024, isStream: false)
        let stream = try await cost(.stream(chunks: chunks, bytes: 200), bodyBytes: 1_024, isStream: true)
        let large = try await cost(.whole(bytes: 518), bodyBytes: 32_768, isStream: false)
        return [
            Bar(
                name: "instructions-a-request-of-1-KB", value: whole, unit: "instructions", limit: .atMost(56_000),
                detail: "callgrind, \(few) against \(many) requests on one connection"),
            Bar(
                name: "instructions-a-request-of-32-KB", value: large, unit: "instructions", limit: .atMost(103_000),
                detail: "callgrind, \(few) against \(many) requests on one connection"),
            Bar(
                name: "instructions-a-chunk-of-a-stream", value: (stream - whole) / Double(chunks),
                unit: "instructions", limit: .atMost(4_000),
                detail: "\(chunks) chunks of 200 bytes, one at a time; a whole answer taken off"),
        ]
    }

    private static func hasValgrind() async throws -> Bool {
        try await Command.run("bash", ["-c", "command -v valgrind"]).succeeded
    }

    private static func cost(_ answer: Lockstep.Answer, bodyBytes: Int, isStream: Bool) async throws -> Double {
        let request = chatRequest(bodyBytes, isStream: isStream)
        var counts: [Int] = []
        for count in [few, many] {
            let enginePort = try await FreePorts.take(1)[0]
            counts.append(
                try await GatewayProcess.instructions(worker: enginePort) { port in
                    try await Lockstep.run(
                        answer, request: request, count: count, enginePort: enginePort, gatewayPort: port)
                })
        }
        return Double(counts[1] - counts[0]) / Double(many - few)
    }

    /// A chat request for model `m` whose body has about that many bytes.
    private static func chatRequest(_ bodyBytes: Int, isStream: Bool) -> [UInt8] {
        let words = #"the quick brown fox jumps over the lazy dog and says \"hello\"\n"#
        let text = String(repeating: words, count: max(1, (bodyBytes - 200) / words.utf8.count))
        let body = """
            {"model":"m","messages":[{"role":"system","content":"You are a helpful assistant."},\
            {"role":"user","content":"\(text)"}],"max_tokens":64,"temperature":0.7,"stream":\(isStream)}
            """
        let head = """
            POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
            Content-Length: \(body.utf8.count)\r\n\r\n
            """
        return Array((head + body).utf8)
    }
}
