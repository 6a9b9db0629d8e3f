import NIOSSL
import Routing
import Synchronization

/// Which certificate a port shows to whom. Read once a connection, so the next connection has what was taken last.
///
/// 1. A port with a listener that encrypts never speaks in the clear, also while no certificate of it can be used.
/// 2. The router's own port shows the router's own certificate where there is one.
final class PortCertificates: Sendable {
    /// A certificate and the names it is shown for.
    struct Choice: Sendable {
        /// Nil for every name, also for clients that name none.
        var hostname: Hostname?
        /// Nil for the router's own certificate.
        var listener: ListenerID?
        var identity: ServerIdentity
    }

    private struct State {
        var own: ServerIdentity?
        var ports: [Int: [Choice]] = [:]
        var made: [ListenerCertificate: ServerIdentity] = [:]
    }

    private let state = Mutex(State())
    private let times: CertificateTimes

    init(times: CertificateTimes) { self.times = times }

    /// What a port has to show, best names first; nil for a port that speaks in the clear.
    func choices(port: Int, isMain: Bool) -> [Choice]? {
        state.withLock { state in
            if isMain, let own = state.own { return [Choice(identity: own)] }
            return state.ports[port]
        }
    }

    func update(_ own: ServerIdentity) {
        state.withLock { $0.own = own }
        times.update(own: own.endsAt)
    }

    func update(_ listeners: [Listener]) {
        let encrypting = listeners.filter { $0.certificate != nil }.sorted(by: Listener.precedes)
        let made = state.withLock { $0.made }
        var kept: [ListenerCertificate: ServerIdentity] = [:]
        var ports: [Int: [Choice]] = [:]
        var ends: [String: Int64] = [:]
        for listener in encrypting {
            guard let certificate = listener.certificate else { continue }
            // One that was read before is not read again: the table changes with every pod.
            let identity =
                kept[certificate] ?? made[certificate]
                ?? (try? ServerIdentity(certificate: certificate.chain, key: certificate.key))
            ports[listener.port, default: []] += []
            guard let identity else { continue }
            kept[certificate] = identity
            ports[listener.port, default: []].append(
                Choice(hostname: listener.hostname, listener: listener.id, identity: identity))
            ends["\(listener.id)"] = identity.endsAt
        }
        state.withLock { state in
            state.made = kept
            state.ports = ports
        }
        times.update(listeners: ends)
    }
}
