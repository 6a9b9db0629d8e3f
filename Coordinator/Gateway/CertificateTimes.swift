import Observability
import Synchronization

/// How long the certificates in use are still valid, told at each scrape.
final class CertificateTimes: Sendable {
    private static let own = "router"

    private struct State {
        /// Seconds since 1970, by whose certificate it is.
        var own: Int64?
        var listeners: [String: Int64] = [:]
        var told: Set<String> = []
    }

    private let state = Mutex(State())
    private let gauge: Gauge

    init(_ registry: MetricsRegistry) {
        gauge = registry.gauge(
            "martlet_gateway_certificate_seconds_left",
            help: "Seconds until a certificate in use ends, below zero once it has: the router's own, or a listener's.",
            labels: ["source"])
        registry.onCollect { [weak self] in self?.tell(now: WallClock.microseconds / 1_000_000) }
    }

    func update(own end: Int64) { state.withLock { $0.own = end } }

    func update(listeners ends: [String: Int64]) { state.withLock { $0.listeners = ends } }

    private func tell(now: Int64) {
        let (ends, gone) = state.withLock { state in
            var ends = state.listeners
            if let own = state.own { ends[Self.own] = own }
            let gone = state.told.subtracting(ends.keys)
            state.told = Set(ends.keys)
            return (ends, gone)
        }
        for source in gone { gauge.remove([source]) }
        for (source, end) in ends { gauge.set(Double(end - now), [source]) }
    }
}
