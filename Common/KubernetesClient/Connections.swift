import AsyncHTTPClient
import NIOCore
import NIOSSL

/// An HTTP client and its pool of connections, all made with the same certificate.
///
/// It closes them when nobody uses it any more: requests keep it alive, so that one under a certificate that was
/// replaced ends in peace.
final class Connections: Sendable {
    static let connectTimeout = TimeAmount.seconds(5)
    /// A stream on which nothing arrives for so long is dropped: its peer may be gone without a word.
    static let idleTimeout = TimeAmount.seconds(90)
    /// Each watch holds a connection, so the pool's usual limit of 8 would starve all else.
    static let countMax = 512

    let http: HTTPClient

    /// `serverName` is the name the server's certificate must carry, where it is not the URL's host.
    init(_ url: ServerURL, authority: [UInt8]?, identity: ClientIdentity?, serverName: String?) throws {
        var options = HTTPClient.Configuration()
        // One connection a request: a connection that died without a word takes nobody down but the request on it,
        // which ends at its time limit, and the next goes over another.
        options.httpVersion = .http1Only
        options.redirectConfiguration = .disallow
        options.timeout = .init(connect: Connections.connectTimeout, read: Connections.idleTimeout)
        options.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Connections.countMax
        options.connectionPool.retryConnectionEstablishment = false
        if url.isTLS {
            options.tlsConfiguration = try Connections.tls(url, authority: authority, identity: identity)
            if let serverName, !serverName.isEmpty { options.dnsOverride = [serverName: url.host] }
        }
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: options)
    }

    deinit { let _: EventLoopFuture<Void> = http.shutdown() }

    func shutdown() async throws { try await http.shutdown() }

    private static func tls(
        _ url: ServerURL, authority: [UInt8]?, identity: ClientIdentity?
    ) throws(ConfigurationError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        do {
            if let authority { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority)) }
        } catch {
            throw ConfigurationError(
                "the certificate authority configured for \(url.host) is not valid PEM; correct the kubeconfig file")
        }
        guard let identity else { return tls }
        do {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(identity.certificates).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: identity.key, format: .pem))
        } catch {
            throw ConfigurationError(
                "the client certificate or its key for \(url.host) is not valid PEM; correct the kubeconfig file or "
                    + "the credential plugin it names")
        }
        return tls
    }
}
