import AsyncHTTPClient
import JSONValues
import NIOCore
import NIOHTTP1
import Synchronization

/// What the server said to one request.
struct Answer: Sendable {
    var status: Int
    /// The server's Retry-After, where it was given in seconds.
    var retryAfter: Duration?
    var body: [UInt8]
}

/// The way to one API server: connections, TLS, credentials. It knows nothing of objects.
final class Transport: Sendable {
    /// A larger answer is refused; a page of a list is far smaller.
    static let bodyBytesMax = 128 << 20
    /// From sending a request to the end of its answer.
    static let answerTimeout = Duration.seconds(30)
    /// From asking for a stream to the head of its answer.
    static let headTimeout = TimeAmount.seconds(30)
    /// The longest answer that says why there is no stream.
    static let refusalBytesMax = 1 << 20

    let server: String
    private let configuration: ClientConfiguration
    private let url: ServerURL
    private let origin: String
    private let credentials: CredentialSource
    private let sendsProof: Bool
    private let current: Mutex<(identity: ClientIdentity?, connections: Connections)>

    init(_ configuration: ClientConfiguration) throws {
        self.configuration = configuration
        server = configuration.server
        url = try ServerURL(configuration.server)
        if url.isTLS, let name = configuration.serverName, !name.isEmpty {
            origin = url.origin(host: name)
        } else {
            origin = configuration.server
        }
        credentials = CredentialSource(configuration.credential)
        // A token over plain HTTP could be read on the way; on this machine's loopback there is no way.
        sendsProof = url.isTLS || url.isLoopback
        current = Mutex(
            (
                configuration.identity,
                try Connections(
                    url, authority: configuration.authority, identity: configuration.identity,
                    serverName: configuration.serverName)
            ))
    }

    func shutdown() async throws { try await current.withLock { $0.connections }.shutdown() }

    /// The server's refusal of a credential may be mended by getting another.
    var canRenewCredential: Bool { credentials.isRenewable }

    /// The connections made with a certificate; those made with another end with their last request.
    private func connections(_ identity: ClientIdentity?) throws -> Connections {
        let identity = identity ?? configuration.identity
        return try current.withLock { current in
            if current.identity != identity {
                let connections = try Connections(
                    url, authority: configuration.authority, identity: identity,
                    serverName: configuration.serverName)
                current = (identity, connections)
            }
            return current.connections
        }
    }

    /// Sends one request once and collects the answer.
    func send(_ request: Request) async throws -> Answer {
        let late = TransportError(
            "\(server) did not answer \(request.method) \(request.path) within \(Transport.answerTimeout)",
            fate: .unknown)
        do {
            let proof = try await credentials.proof()
            let prepared = prepare(request, proof)
            let connections = try connections(proof.identity)
            // They close when nobody holds them.
            defer { extendLifetime(connections) }
            return try await withTimeout(Transport.answerTimeout, throwing: late) { [credentials] in
                let response = try await connections.http.execute(prepared, deadline: .distantFuture)
                var body = try await response.body.collect(upTo: Transport.bodyBytesMax)
                if response.status == .unauthorized { credentials.refused(proof) }
                return Answer(
                    status: Int(response.status.code), retryAfter: Transport.retryAfter(response.headers),
                    body: body.readBytes(length: body.readableBytes) ?? [])
            }
        } catch {
            throw TransportError.describing(error, server: server)
        }
    }

    /// Sends one request and hands over each line of the answer until the server ends it, nothing came for the idle
    /// timeout of `Connections`, or `onLine` throws; `onHead` hears that there is a stream. An answer that is not 200
    /// is returned whole instead.
    func stream(
        _ request: Request, onHead: () -> Void, onLine: ([UInt8]) async throws -> Void
    ) async throws -> Answer? {
        var splitter = LineSplitter()
        var refusal: (any Error)?
        do {
            let proof = try await credentials.proof()
            let prepared = prepare(request, proof)
            let connections = try connections(proof.identity)
            // They close when nobody holds them.
            defer { extendLifetime(connections) }
            let response = try await connections.http.execute(prepared, timeout: Transport.headTimeout)
            guard response.status == .ok else {
                if response.status == .unauthorized { credentials.refused(proof) }
                var body = try await response.body.collect(upTo: Transport.refusalBytesMax)
                return Answer(
                    status: Int(response.status.code), retryAfter: Transport.retryAfter(response.headers),
                    body: body.readBytes(length: body.readableBytes) ?? [])
            }
            onHead()
            for try await chunk in response.body {
                splitter.append(chunk.readableBytesView)
                do {
                    while let line = try splitter.next() { try await onLine(line) }
                } catch {
                    refusal = error
                    break
                }
            }
        } catch let error as HTTPClientError where error == .readTimeout {
            // Nothing came for a while, which ends a watch as well as any end.
        } catch {
            throw TransportError.describing(error, server: server)
        }
        if let refusal { throw refusal }
        try Task.checkCancellation()
        return nil
    }

    private func prepare(_ request: Request, _ proof: Proof) -> HTTPClientRequest {
        var prepared = HTTPClientRequest(url: origin + request.target)
        prepared.method = request.method
        prepared.headers.add(name: "Accept", value: request.accept)
        prepared.headers.add(name: "User-Agent", value: "martlet")
        if sendsProof, let token = proof.token {
            prepared.headers.add(name: "Authorization", value: "Bearer \(token)")
        }
        if let body = request.body {
            prepared.headers.add(name: "Content-Type", value: request.contentType)
            prepared.body = .bytes(ByteBuffer(bytes: body.bytes()))
        }
        return prepared
    }

    private static func retryAfter(_ headers: HTTPHeaders) -> Duration? {
        headers.first(name: "Retry-After").flatMap { Int64($0) }.flatMap { $0 >= 0 ? .seconds($0) : nil }
    }
}
