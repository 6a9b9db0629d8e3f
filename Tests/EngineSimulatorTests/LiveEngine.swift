import AsyncHTTPClient
import EngineSimulator
import JSONValues
import Logging
import NIOCore
import NIOHTTP1

/// A simulated engine on a free port, for the time of a closure.
struct LiveEngine: Sendable {
    let port: Int
    let simulated: SimulatedEngine

    var base: String { "http://127.0.0.1:\(port)" }

    /// The flags of the recordings, with others after them.
    static let recordedFlags = [
        "--model", "/models/tinymodel", "--served-model-name", "tiny", "--port", "0", "--max-model-len", "2048",
        "--block-size", "32", "--num-gpu-blocks-override", "160", "--enable-prompt-tokens-details",
        "--enable-server-load-tracking", "--time-scale", "0.05",
    ]

    static func with<Value: Sendable>(
        _ flags: [String] = [], environment: [String: String] = ["PYTHONHASHSEED": "0"],
        _ body: @Sendable @escaping (LiveEngine) async throws -> Value
    ) async throws -> Value {
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let identity = try EngineIdentity(
            flags: try EngineFlags(arguments: recordedFlags + flags), environment: environment)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let simulated = try SimulatedEngine(identity, logger: logger) { bound.yield($0) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await simulated.run() }
            var port = 0
            for await number in ports {
                port = number
                break
            }
            let value = try await body(LiveEngine(port: port, simulated: simulated))
            group.cancelAll()
            return value
        }
    }

    struct Answer: Sendable {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]

        var json: JSONValue { (try? JSONValue.parse(body)) ?? .null }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    func send(
        _ path: String, method: String? = nil, body: [UInt8]? = nil, headers: [String: String] = [:]
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: base + path)
        request.method = HTTPMethod(rawValue: method ?? (body == nil ? "GET" : "POST"))
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let content = try await response.body.collect(upTo: 16 << 20)
        var found: [String: String] = [:]
        for header in response.headers { found[header.name.lowercased()] = header.value }
        return Answer(status: Int(response.status.code), headers: found, body: Array(content.readableBytesView))
    }

    func send(_ path: String, _ body: JSONValue, headers: [String: String] = [:]) async throws -> Answer {
        try await send(path, body: body.bytes(), headers: headers)
    }

    /// Waits for a state of the engine.
    func until(_ isSo: @Sendable (EngineService.Snapshot) -> Bool) async throws {
        while !isSo(await simulated.engine.snapshot()) { try await Task.sleep(for: .milliseconds(2)) }
    }

    /// Ids of a prompt that no cache has.
    static func freshPrompt(_ count: Int) -> JSONValue {
        .array((0..<count).map { _ in JSONValue(Int.random(in: 300..<2_000)) })
    }
}
