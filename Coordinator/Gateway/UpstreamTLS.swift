import NIOCore
import NIOSSL
import Synchronization

/// How a connection is encrypted, and how its other end is known.
struct UpstreamTLS: Sendable, Hashable {
    /// The name the certificate has to be for; nil for an address, which the certificate has to name then.
    var serverName: String?
    var isVerified = true

    init(host: String, isVerified: Bool = true) {
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        serverName = isAddress ? nil : host
        self.isVerified = isVerified
    }
}

/// The TLS set-ups of a gateway, each made when it is first used.
final class UpstreamTLSContexts: Sendable {
    private let trustFile: String?
    private let contexts = Mutex<[Bool: NIOSSLContext]>([:])

    /// `trustFile` holds certificates, as PEM, that are trusted besides the system's.
    init(trustFile: String?) { self.trustFile = trustFile }

    /// The handler that comes first in a connection's pipeline.
    func handler(_ tls: UpstreamTLS) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: context(isVerified: tls.isVerified), serverHostname: tls.serverName)
    }

    private func context(isVerified: Bool) throws -> NIOSSLContext {
        try contexts.withLock { contexts in
            if let context = contexts[isVerified] { return context }
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification = isVerified ? .fullVerification : .none
            configuration.applicationProtocols = ["http/1.1"]
            if let trustFile { configuration.additionalTrustRoots = [.file(trustFile)] }
            let context = try NIOSSLContext(configuration: configuration)
            contexts[isVerified] = context
            return context
        }
    }
}
