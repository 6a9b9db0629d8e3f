import AsyncHTTPClient
import JSONValues
import NIOCore
import NIOHTTP1
import NIOSSL

/// What the server said to one request.
struct Answer: Sendable {
    var status: Int
    /// The server's Retry-After, where it was given in seconds.
    var retryAfter: Duration?
    var body: [UInt8]
}

/// One HTTP client on one API server: connections, TLS, credentials. It knows nothing of objects.
final class Transport: Sendable {
    /// A larger answer is refused; a page of a list is far smaller.
    static let bodyBytesMax = 128 << 20
    static let connectTimeout = TimeAmount.seconds(5)
    /// From sending a request to the end of its answer.
    static let answerTimeout = Duration.seconds(30)
    /// From asking for a stream to the head of its answer.
    static let headTimeout = TimeAmount.seconds(30)
    /// The longest answer that says why there is no stream.
    static let refusalBytesMax = 1 << 20
    /// A stream on which nothing arrives for so long is dropped: its peer may be gone without a word.
    static let idleTimeout = TimeAmount.seconds(90)
    /// Each watch over HTTP/1.1 holds a connection, so the pool's usual limit of 8 would starve all else.
    static let connectionsMax = 512

    let server: String
    private let origin: String
    private let http: HTTPClient
    private let tokens: TokenSource
    private let sendsToken: Bool

    init(_ configuration: ClientConfiguration) throws {
        server = configuration.server
        let url = try ServerURL(configuration.server)
        var options = HTTPClient.Configuration()
        options.httpVersion = .automatic
        options.redirectConfiguration = .disallow
        options.timeout = .init(connect: Transport.connectTimeout, read: Transport.idleTimeout)
        options.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Transport.connectionsMax
        options.connectionPool.retryConnectionEstablishment = false
        if url.isTLS { options.tlsConfiguration = try Transport.tls(configuration) }
        if url.isTLS, let name = configuration.serverName, !name.isEmpty {
            options.dnsOverride = [name: url.host]
            origin = url.origin(host: name)
        } else {
            origin = configuration.server
        }
        tokens = TokenSource(configuration.credential)
        // A token over plain HTTP could be read on the way; on this machine's loopback there is no way.
        sendsToken = url.isTLS || url.isLoopback
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: options)
    }

    private static func tls(_ configuration: ClientConfiguration) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        do {
            if let authority = configuration.authority {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
            }
            if let identity = configuration.identity {
                tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(identity.certificates).map {
                    .certificate($0)
                }
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: identity.key, format: .pem))
            }
        } catch {
            throw ConfigurationError(
                "the certificates configured for \(configuration.server) are not valid PEM; correct the kubeconfig file"
            )
        }
        return tls
    }

    /// A client that nobody shut down, as where its owner could not start, is shut down here.
    deinit { let _: EventLoopFuture<Void> = http.shutdown() }

    func shutdown() async throws { try await http.shutdown() }

    /// Sends one request once and collects the answer.
    func send(_ request: Request) async throws -> Answer {
        let prepared = try prepare(request)
        let late = TransportError(
            "\(server) did not answer \(request.method) \(request.path) within \(Transport.answerTimeout)",
            fate: .unknown)
        do {
            return try await withTimeout(Transport.answerTimeout, throwing: late) { [http, tokens] in
                let response = try await http.execute(prepared, deadline: .distantFuture)
                var body = try await response.body.collect(upTo: Transport.bodyBytesMax)
                if response.status == .unauthorized { tokens.forget() }
                return Answer(
                    status: Int(response.status.code), retryAfter: Transport.retryAfter(response.headers),
                    body: body.readBytes(length: body.readableBytes) ?? [])
            }
        } catch {
            throw TransportError.describing(error, server: server)
        }
    }

    /// Sends one request and hands over each line of the answer until the server ends it, nothing came for
    /// `idleTimeout`, or `onLine` throws. An answer that is not 200 is returned whole instead.
    func stream(_ request: Request, onLine: ([UInt8]) async throws -> Void) async throws -> Answer? {
        let prepared = try prepare(request)
        var splitter = LineSplitter()
        var refusal: (any Error)?
        do {
            let response = try await http.execute(prepared, timeout: Transport.headTimeout)
            guard response.status == .ok else {
                if response.status == .unauthorized { tokens.forget() }
                var body = try await response.body.collect(upTo: Transport.refusalBytesMax)
                return Answer(
                    status: Int(response.status.code), retryAfter: Transport.retryAfter(response.headers),
                    body: body.readBytes(length: body.readableBytes) ?? [])
            }
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

    private func prepare(_ request: Request) throws -> HTTPClientRequest {
        var prepared = HTTPClientRequest(url: origin + request.target)
        prepared.method = request.method
        prepared.headers.add(name: "Accept", value: request.accept)
        prepared.headers.add(name: "User-Agent", value: "martlet")
        if sendsToken, let token = try tokens.token() {
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
