import Certificates
import NIOCore
import NIOSSL
import Synchronization

/// The certificate new TLS connections get; may change while the server runs.
final class LiveIdentity: Sendable {
    private struct Loaded {
        var chain: [NIOSSLCertificateSource]
        var key: NIOSSLPrivateKeySource
    }

    private struct State {
        var identity: Identity?
        var loaded: Loaded?
        var waiters: [AsyncStream<Never>.Continuation] = []
    }

    private let state = Mutex(State())

    /// There is one.
    var isReady: Bool { state.withLock { $0.loaded != nil } }

    var identity: Identity? { state.withLock { $0.identity } }

    /// Takes an identity for the connections to come; throws where it is not a chain with its key.
    func set(_ identity: Identity) throws {
        let chain = try NIOSSLCertificate.fromPEMBytes(identity.certificate)
        let key = try NIOSSLPrivateKey(bytes: identity.key, format: .pem)
        let loaded = Loaded(chain: chain.map { .certificate($0) }, key: .privateKey(key))
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            state.identity = identity
            state.loaded = loaded
            return state.waiters
        }
        waiters.forEach { $0.finish() }
    }

    /// Returns when there is one, or the task is cancelled.
    func waitUntilReady() async {
        let stream = state.withLock { state -> AsyncStream<Never>? in
            if state.loaded != nil { return nil }
            let (stream, continuation) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingNewest(1))
            state.waiters.append(continuation)
            return stream
        }
        guard let stream else { return }
        for await _ in stream {}
    }

    /// A server's TLS that asks for the identity at each handshake; nil while there is none.
    func serverConfiguration() -> TLSConfiguration? {
        guard let loaded = state.withLock({ $0.loaded }) else { return nil }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: loaded.chain, privateKey: loaded.key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.sslContextCallback = { [self] _, promise in
            var now = NIOSSLContextConfigurationOverride()
            if let loaded = state.withLock({ $0.loaded }) {
                now.certificateChain = loaded.chain
                now.privateKey = loaded.key
            }
            promise.succeed(now)
        }
        return configuration
    }
}
