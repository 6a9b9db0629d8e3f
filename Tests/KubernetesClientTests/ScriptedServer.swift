import HTTPTypes
import Hummingbird
import HummingbirdTLS
import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import NIOCore
import NIOSSL
import Synchronization

/// A request as a scripted server got it.
struct Call: Sendable {
    var method: String
    var path: String
    var query: [String: String]
    var authorization: String?
    var contentType: String?
    var body: JSONValue?
}

/// What a scripted server answers.
enum Reply: Sendable {
    case value(Int, JSONValue, retryAfter: Int?)
    case text(Int, String)
    /// Chunks as they come, until the stream is finished.
    case chunks(AsyncStream<String>)

    static func json(_ value: JSONValue) -> Reply { .value(200, value, retryAfter: nil) }

    static func json(_ status: Int, _ value: JSONValue, retryAfter: Int? = nil) -> Reply {
        .value(status, value, retryAfter: retryAfter)
    }
}

/// An API server that answers by a script and remembers what it was asked.
final class ScriptedServer: Sendable {
    let port: Int
    private let log: Log

    /// The calls so far.
    final class Log: Sendable {
        private let calls = Mutex<[Call]>([])
        func add(_ call: Call) -> Int {
            calls.withLock {
                $0.append(call); return $0.count
            }
        }
        var all: [Call] { calls.withLock { $0 } }
    }

    private init(port: Int, log: Log) {
        self.port = port
        self.log = log
    }

    var calls: [Call] { log.all }

    /// Returns once a call that `isIt` was made.
    func waitForCall(_ isIt: @Sendable (Call) -> Bool) async throws {
        while !calls.contains(where: isIt) { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// Returns once so many calls were made.
    func waitForCalls(_ count: Int) async throws {
        while calls.count < count { try await Task.sleep(for: .milliseconds(5)) }
    }

    func client(_ credential: Credential = .none) throws -> KubernetesClient {
        try KubernetesClient(
            ClientConfiguration(server: "http://127.0.0.1:\(port)", credential: credential), logger: .silent)
    }

    /// Runs a server while `body` runs. `reply` gets each call and its number, from 1; without `streamsLists`
    /// requests for a streamed list are refused, as servers do that know none, and neither counted nor kept.
    static func run(
        tls: Bool = false, streamsLists: Bool = false, reply: @escaping @Sendable (Call, Int) async throws -> Reply,
        _ body: @escaping @Sendable (ScriptedServer) async throws -> Void
    ) async throws {
        let log = Log()
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let responder = CallbackResponder<BasicRequestContext> { request, _ in
            let call = try await Call(request)
            if !streamsLists, call.query["sendInitialEvents"] != nil {
                return Reply.json(422, .status(422, .invalid)).response
            }
            return try await reply(call, log.add(call)).response
        }
        let app = Application(
            responder: responder, server: try tls ? .tls(tlsConfiguration: serverTLS()) : .http1(),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { continuation.yield($0.localAddress?.port ?? 0) }, logger: .silent)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await app.run() }
            for await port in ports {
                try await body(ScriptedServer(port: port, log: log))
                break
            }
            group.cancelAll()
        }
    }

    private static func serverTLS() throws -> TLSConfiguration {
        try .makeServerConfiguration(
            certificateChain: NIOSSLCertificate.fromPEMBytes(Array(TestCertificates.server.utf8))
                .map { .certificate($0) },
            privateKey: .privateKey(NIOSSLPrivateKey(bytes: Array(TestCertificates.serverKey.utf8), format: .pem)))
    }
}

extension Logger {
    /// Writes nothing.
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

extension Call {
    fileprivate init(_ request: Request) async throws {
        method = request.method.rawValue
        path = request.uri.path
        query = [:]
        for (name, value) in request.uri.queryParameters { query[String(name)] = String(value) }
        authorization = request.headers[.authorization]
        contentType = request.headers[.contentType]
        let bytes = try await request.body.collect(upTo: 1 << 20)
        body = try? JSONValue.parse(Array(bytes.readableBytesView))
    }
}

extension Reply {
    fileprivate var response: Response {
        switch self {
        case .value(let status, let value, let retryAfter):
            var headers = HTTPFields([HTTPField(name: .contentType, value: "application/json")])
            if let retryAfter { headers[.retryAfter] = String(retryAfter) }
            return Response(
                status: .init(code: status), headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.bytes())))
        case .text(let status, let text):
            return Response(status: .init(code: status), body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        case .chunks(let stream):
            return Response(
                status: .ok, body: ResponseBody(asyncSequence: stream.map { ByteBuffer(string: $0) }))
        }
    }
}
