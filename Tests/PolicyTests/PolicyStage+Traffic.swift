import AsyncHTTPClient
import Gateway
import JSONValues
import NIOCore
import NIOHTTP1
import Testing

extension PolicyStage {
    static func chat(_ text: String, model: String = "m", tokens: Int = 1) -> JSONValue {
        [
            "model": .string(model), "max_tokens": JSONValue(tokens), "ignore_eos": true,
            "messages": [["role": "user", "content": .string(text)]],
        ]
    }

    static func completion(_ prompt: [Int], model: String = "m", tokens: Int = 1) -> JSONValue {
        [
            "model": .string(model), "max_tokens": JSONValue(tokens), "ignore_eos": true,
            "prompt": .array(prompt.map { JSONValue($0) }),
        ]
    }

    /// The status of one request's answer, once it is whole.
    static func send(
        _ port: Int, _ path: String, _ body: JSONValue, fields: [String: String] = [:]
    ) async throws -> Int {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = .POST
        for (name, value) in fields { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: body.bytes()))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        _ = try await response.body.collect(upTo: 16 << 20)
        return Int(response.status.code)
    }

    /// Sends `count` requests, some at once, and gives how many each pod served.
    func served(
        _ count: Int, at once: Int = 4, path: String = "/v1/chat/completions", fields: [String: String] = [:],
        _ body: @escaping @Sendable (Int) -> JSONValue
    ) async throws -> [String: Int] {
        let before = gateway.decisions(latest: 4_096).count
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                if number >= once { try await group.next() }
                group.addTask {
                    let status = try await Self.send(port, path, body(number), fields: fields)
                    #expect(status == 200)
                }
            }
            try await group.waitForAll()
        }
        try await until("every request is recorded") { _ in gateway.decisions(latest: 4_096).count == before + count }
        var pods: [String: Int] = [:]
        for record in gateway.decisions(latest: count) { pods[record["pod"]?.string ?? "none", default: 0] += 1 }
        return pods
    }

    /// Runs `body` while each of these engines answers long requests that came around the gateway.
    func busy(
        _ numbers: [Int], requests: Int, prompt: Int = 16, _ body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in numbers {
                for request in 0..<requests {
                    group.addTask { [engines] in
                        let tokens = (0..<prompt).map { 300 + ($0 * 7 + request * 131) % 1_500 }
                        _ = try? await Self.send(
                            engines[number], "/v1/completions", Self.completion(tokens, model: "real", tokens: 7_000))
                    }
                }
            }
            try await body()
            group.cancelAll()
        }
    }
}
