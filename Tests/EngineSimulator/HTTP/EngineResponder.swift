import HTTPTypes
import Hummingbird
import JSONValues
import NIOCore

/// vLLM's HTTP surface over a simulated engine.
struct EngineResponder: HTTPResponder {
    typealias Context = BasicEngineContext

    /// A larger body is refused with 413.
    static let bodyBytesMax = 64 * 1024 * 1024

    private typealias Handler = @Sendable (EngineResponder, Request, Context) async throws -> Response

    let simulated: SimulatedEngine
    let disconnects: Disconnects
    let load = LoadCount()
    let adapterTimes = AdapterTimes()

    var flags: EngineFlags { simulated.identity.flags }

    func respond(to request: Request, context: Context) async throws -> Response {
        guard let methods = Self.routes[request.uri.path] else {
            return Self.json(["detail": "Not Found"], status: .notFound)
        }
        guard let handler = methods[request.method] else {
            var response = Self.json(["detail": "Method Not Allowed"], status: .methodNotAllowed)
            response.headers[.allow] = methods.keys.map(\.rawValue).sorted().joined(separator: ", ")
            return response
        }
        do {
            return try await handler(self, request, context)
        } catch let error as APIError {
            return Self.json(error.body, status: HTTPResponse.Status(code: error.status))
        } catch let error as JSONError {
            return Self.json(APIError.notJSON(error).body, status: .badRequest)
        }
    }

    /// Methods by path.
    private static let routes: [String: [HTTPRequest.Method: Handler]] = [
        "/v1/chat/completions": [.post: { try await $0.infer(.chat, $1, $2) }],
        "/v1/completions": [.post: { try await $0.infer(.completion, $1, $2) }],
        "/v1/models": [.get: { responder, _, _ in responder.models() }],
        "/tokenize": [.post: { responder, request, _ in try await responder.tokenize(request) }],
        "/detokenize": [.post: { responder, request, _ in try await responder.detokenize(request) }],
        "/health": [.get: { responder, _, _ in try await responder.health() }],
        "/ping": [
            .get: { responder, _, _ in try await responder.health() },
            .post: { responder, _, _ in try await responder.health() },
        ],
        "/version": [.get: { _, _, _ in json(["version": .string(ReplyForm.version)]) }],
        "/is_sleeping": [.get: { _, _, _ in json(["is_sleeping": false]) }],
        "/metrics": [.get: { responder, _, _ in await responder.metrics() }],
        "/load": [.get: { responder, _, _ in json(["server_load": JSONValue(responder.load.current)]) }],
        "/v1/load_lora_adapter": [.post: { responder, request, _ in try await responder.loadAdapter(request) }],
        "/v1/unload_lora_adapter": [.post: { responder, request, _ in try await responder.unloadAdapter(request) }],
        "/reset_prefix_cache": [.post: { responder, _, _ in await responder.resetCache() }],
        "/server_info": [.get: { responder, _, _ in responder.serverInfo() }],
        "/kv_event_sources": [.get: { responder, _, _ in responder.eventSources() }],
        "/simulator/blocks": [.get: { responder, _, _ in await responder.blocks() }],
        "/simulator/fault": [.post: { responder, request, _ in try await responder.fault(request) }],
    ]

    // MARK: Bodies

    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.bytes())))
    }

    static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        Response(status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    func body(of request: Request) async throws -> JSONValue {
        var buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: Self.bodyBytesMax)
        } catch is NIOTooManyBytesError {
            throw APIError(
                status: 413, message: "The body is larger than \(Self.bodyBytesMax) bytes.", type: "BadRequestError",
                parameter: nil)
        }
        return try JSONValue.parse(buffer.readBytes(length: buffer.readableBytes) ?? [])
    }
}
