import EngineWire
import Hummingbird
import JSONValues
import Logging
import NIOCore
import Synchronization

/// An engine's HTTP face that says what a test wants it to say.
final class ScriptedEngine: Sendable {
    struct Script: Sendable {
        var metrics = ""
        var sources: JSONValue?
        var models: [JSONValue] = [["id": "m", "parent": .null], ["id": "lora-a", "parent": "m"]]
    }

    let script = Mutex(Script())

    /// Serves on a port, 0 for any, while `body` runs.
    func run(port: Int = 0, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let responder = CallbackResponder<BasicRequestContext> { [self] request, _ in answer(request.uri.path) }
        let app = Application(
            responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { continuation.yield($0.localAddress?.port ?? 0) }, logger: .silent)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await app.run() }
            for await port in ports {
                try await body(port)
                break
            }
            group.cancelAll()
        }
    }

    private func answer(_ path: String) -> Response {
        let script = script.withLock { $0 }
        switch path {
        case "/health": return Response(status: .ok)
        case "/metrics": return Self.text(script.metrics)
        case "/v1/models": return Self.text((["data": .array(script.models)] as JSONValue).text())
        case "/kv_event_sources": return script.sources.map { Self.text($0.text()) } ?? Response(status: .notFound)
        default: return Response(status: .notFound)
        }
    }

    private static func text(_ text: String) -> Response {
        Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

extension Logger {
    /// Writes nothing.
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
