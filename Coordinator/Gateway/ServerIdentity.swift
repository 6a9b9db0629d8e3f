import NIOCore
import NIOSSL
package import Routing
import Synchronization

/// The certificate that a port shows its clients, and the key that goes with it.
package struct ServerIdentity: Sendable {
    /// What is wrong with the pair, as the end of a sentence.
    package struct Unusable: Error, CustomStringConvertible, Sendable, Hashable {
        package var description: String
    }

    /// How long a connection that is being closed waits for the client's word that it has understood.
    private static let shutdownTimeout = TimeAmount.seconds(1)
    /// By the server's preference.
    private static let protocols = ["h2", "http/1.1"]

    /// Pairs whose problems are remembered.
    private static let knownMax = 1_024
    private static let known = Mutex<[ListenerCertificate: String?]>([:])

    let context: NIOSSLContext
    /// When the first certificate of the chain ends, in seconds since 1970.
    package let endsAt: Int64

    /// Reads PEM: a chain that begins with the server's own certificate, and a private key without a passphrase.
    package init(certificate: [UInt8], key: [UInt8]) throws(Unusable) {
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(certificate), let own = chain.first else {
            throw Unusable(description: "the certificate is not in the PEM format")
        }
        guard let key = try? NIOSSLPrivateKey(bytes: key, format: .pem) else {
            throw Unusable(description: "the key is not in the PEM format, or needs a passphrase")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = Self.shutdownTimeout
        configuration.applicationProtocols = Self.protocols
        guard (try? own.extractPublicKey()) != nil, let context = try? NIOSSLContext(configuration: configuration)
        else {
            throw Unusable(description: "the key is not the one that the certificate was made for")
        }
        self.context = context
        endsAt = chain.map { Int64($0.notValidAfter) }.min() ?? 0
    }

    /// Why a listener's certificate cannot be used, as the end of a sentence; nil where it can. What was asked before
    /// is remembered, because everything is looked at again with each change of a route.
    package static func problem(_ certificate: ListenerCertificate) -> String? {
        if let known = known.withLock({ $0[certificate] }) { return known }
        var problem: String?
        do { _ = try ServerIdentity(certificate: certificate.chain, key: certificate.key) } catch {
            problem = error.description
        }
        known.withLock { known in
            if known.count >= knownMax { known = [:] }
            known[certificate] = .some(problem)
        }
        return problem
    }
}
