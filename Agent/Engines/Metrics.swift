import AgentProtocol
import Observability
import Synchronization

/// The agent's metrics about engines; gauges of an engine go with it.
struct EngineMetrics: Sendable {
    private let ready: Gauge
    private let blocks: Gauge
    private let batches: Gauge
    private let gaps: Gauge
    private let odd: Gauge
    private let drift: Gauge
    private let verified: Gauge
    private let known = KnownSeries()

    /// The label values that have a series.
    private final class KnownSeries: Sendable {
        let engines = Mutex<Set<[String]>>([])
        let ranks = Mutex<Set<[String]>>([])
    }

    init(_ registry: MetricsRegistry) {
        ready = registry.gauge(
            "martlet_engine_ready", help: "1 while the engine answers its health endpoint.", labels: ["engine"])
        let labels = ["engine", "rank"]
        odd = registry.gauge(
            "martlet_engine_kv_odd",
            help: "KV events of this life that could not be used: unreadable, unknown, for an unknown block.",
            labels: labels)
        drift = registry.gauge(
            "martlet_engine_kv_drift", help: "1 while the rank's KV events are not believed.", labels: labels)
        verified = registry.gauge(
            "martlet_engine_kv_verified",
            help: "Blocks of this life whose engine hash was computed anew from their tokens and was right.",
            labels: labels)
        blocks = registry.gauge("martlet_engine_kv_blocks", help: "KV blocks the rank holds.", labels: labels)
        batches = registry.gauge(
            "martlet_engine_kv_batches", help: "Batches of KV events in this life of the rank.", labels: labels)
        gaps = registry.gauge(
            "martlet_engine_kv_gaps", help: "Gaps in the batches that stayed open in this life of the rank.",
            labels: labels)
    }

    func observe(_ engines: [EngineView]) {
        var engineSeries: Set<[String]> = []
        var rankSeries: Set<[String]> = []
        for engine in engines {
            let name = engine.description.id.description
            engineSeries.insert([name])
            ready.set(engine.description.isReady ? 1 : 0, [name])
            for (index, rank) in engine.ranks.enumerated() {
                let values = [name, String(index)]
                rankSeries.insert(values)
                blocks.set(Double(rank.blocks), values)
                batches.set(Double(rank.batches), values)
                gaps.set(Double(rank.gaps), values)
                odd.set(Double(rank.malformed + rank.counts.oddCount), values)
                drift.set(rank.drift == nil ? 0 : 1, values)
                verified.set(Double(rank.counts.verified), values)
            }
        }
        known.engines.withLock { known in
            for values in known.subtracting(engineSeries) { ready.remove(values) }
            known = engineSeries
        }
        known.ranks.withLock { known in
            for values in known.subtracting(rankSeries) {
                [blocks, batches, gaps, odd, drift, verified].forEach { $0.remove(values) }
            }
            known = rankSeries
        }
    }
}
