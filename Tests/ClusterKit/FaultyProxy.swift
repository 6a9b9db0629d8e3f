import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import JSONValues
package import KubernetesClient
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Stands between clients and an API server and lets things go wrong.
///
/// 1. A request that is neither refused nor lost reaches the server exactly once.
/// 2. After the death that its plan names, nothing passes any more in either direction.
package final class FaultyProxy: Sendable {
    private static let bodyBytesMax = 64 << 20
    /// Versions of each list that are remembered to serve stale ones.
    private static let listsKept = 8

    private struct State {
        var plan: FaultPlan
        var isDead = false
        var lists: [String: [ByteBuffer]] = [:]
        var faults = 0
        var writes = 0
    }

    private struct Broken: Error {}

    private let upstream: ClientConfiguration
    private let http: HTTPClient
    private let state: Mutex<State>

    private init(_ upstream: ClientConfiguration, _ plan: FaultPlan) throws {
        self.upstream = upstream
        state = Mutex(State(plan: plan))
        var options = HTTPClient.Configuration()
        options.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        if let authority = upstream.authority {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
            options.tlsConfiguration = tls
        }
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: options)
    }

    /// Requests that met a fault so far.
    package var faults: Int { state.withLock { $0.faults } }
    /// Writes that clients asked for so far.
    package var writes: Int { state.withLock { $0.writes } }

    /// The plan's death has come.
    package var isDead: Bool { state.withLock { $0.isDead } }

    /// Runs a proxy for as long as `body` takes; `body` gets it and what clients connect with.
    package static func with(
        _ upstream: ClientConfiguration, _ plan: FaultPlan,
        _ body: @Sendable @escaping (FaultyProxy, ClientConfiguration) async throws -> Void
    ) async throws {
        let proxy = try FaultyProxy(upstream, plan)
        let (ports, port) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in try await proxy.respond(to: request) },
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: .silent)
        do {
            try await serving(application) {
                for await port in ports {
                    var downstream = ClientConfiguration(server: "http://127.0.0.1:\(port)")
                    downstream.namespace = upstream.namespace
                    try await body(proxy, downstream)
                    break
                }
            }
        } catch {
            try? await proxy.http.shutdown()
            throw error
        }
        try await proxy.http.shutdown()
    }

    private func respond(to request: Request) async throws -> Response {
        let kind = FaultyProxy.kind(of: request)
        let fault = state.withLock { state -> Fault in
            if state.isDead { return .lostRequest }
            if kind == .write { state.writes += 1 }
            let (fault, dies) = state.plan.next(kind)
            if fault != .none { state.faults += 1 }
            state.isDead = dies
            return fault
        }
        switch fault {
        case .refused(let status): return FaultyProxy.refusal(status)
        case .lostRequest: return broken
        case .lostAnswer:
            _ = try await forward(request).body.collect(upTo: FaultyProxy.bodyBytesMax)
            return broken
        case .staleList:
            let old = state.withLock { $0.lists[request.uri.description]?.first }
            if let old { return FaultyProxy.answer(200, old) }
        case .delayed(let time): try await Task.sleep(for: time)
        case .none, .cutWatch: break
        }
        let answer = try await forward(request)
        if kind == .watch { return passing(answer, request, pieces: fault.pieces) }
        let body = try await answer.body.collect(upTo: FaultyProxy.bodyBytesMax)
        if kind == .list, answer.status == .ok { remember(body, of: request.uri.description) }
        return isDead ? broken : FaultyProxy.answer(Int(answer.status.code), body)
    }

    private func forward(_ request: Request) async throws -> HTTPClientResponse {
        var outgoing = HTTPClientRequest(url: upstream.server + request.uri.description)
        outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
        for name in [HTTPField.Name.accept, .contentType] {
            if let value = request.headers[name] { outgoing.headers.add(name: name.canonicalName, value: value) }
        }
        if case .token(let token) = upstream.credential {
            outgoing.headers.add(name: "authorization", value: "Bearer \(token)")
        }
        if request.method != .get {
            outgoing.body = .bytes(try await request.body.collect(upTo: FaultyProxy.bodyBytesMax))
        }
        return try await http.execute(outgoing, deadline: .distantFuture)
    }

    /// A watch's answer piece by piece; after `pieces` of them, or at death, the connection breaks.
    private func passing(_ answer: HTTPClientResponse, _ request: Request, pieces: Int) -> Response {
        let body = ResponseBody { writer in
            // An empty piece sends the head.
            try await writer.write(ByteBuffer())
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                var left = pieces
                for try await chunk in answer.body {
                    if left == 0 || self.isDead { throw Broken() }
                    left -= 1
                    try await writer.write(chunk)
                }
                try await writer.finish(nil)
            }
        }
        // What tells of a client that has left takes the connection with it.
        return Response(
            status: .init(code: Int(answer.status.code)),
            headers: [.contentType: "application/json", .connection: "close"], body: body)
    }

    private func remember(_ body: ByteBuffer, of list: String) {
        state.withLock { state in
            state.lists[list, default: []].append(body)
            if state.lists[list, default: []].count > FaultyProxy.listsKept { state.lists[list]?.removeFirst() }
        }
    }

    /// A connection that breaks after the head of an answer.
    private var broken: Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody { writer in
                try await writer.write(ByteBuffer(string: "{"))
                throw Broken()
            })
    }

    private static func answer(_ status: Int, _ body: ByteBuffer) -> Response {
        Response(
            status: .init(code: status), headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: body))
    }

    private static func refusal(_ status: Int) -> Response {
        let reason = [409: "Conflict", 429: "TooManyRequests", 500: "InternalError"][status] ?? "ServiceUnavailable"
        let json: JSONValue = [
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": JSONValue(status),
            "reason": .string(reason), "message": "injected",
        ]
        var response = answer(status, ByteBuffer(bytes: json.bytes()))
        if status == 429 { response.headers[.retryAfter] = "0" }
        return response
    }

    private static func kind(of request: Request) -> FaultPlan.Request {
        guard request.method == .get else { return .write }
        let query = request.uri.queryParameters
        if query.get("watch") == "true" { return .watch }
        return query.get("limit") != nil ? .list : .read
    }
}

extension Fault {
    /// Pieces of a watch's answer that pass.
    fileprivate var pieces: Int { if case .cutWatch(let count) = self { count } else { .max } }
}
