import Fleet
import KVIndex
import Observability

/// What a scrape reads off the fleet.
struct FleetMetrics: Sendable {
    private let agents: Gauge
    private let engines: Gauge
    private let blocks: Gauge
    private let bytes: Gauge
    private let evicted: Counter
    private let refused: Counter

    init(_ registry: MetricsRegistry) {
        agents = registry.gauge(
            "martlet_fleet_agents", help: "Agents, by whether they are heard.", labels: ["state"])
        engines = registry.gauge(
            "martlet_fleet_engines", help: "Engines, by whether requests may go there.", labels: ["state"])
        blocks = registry.gauge("martlet_kvindex_blocks", help: "Distinct blocks that some engine's cache holds.")
        bytes = registry.gauge("martlet_kvindex_bytes", help: "Memory that the index of caches takes.")
        evicted = registry.counter(
            "martlet_kvindex_evicted_blocks_total", help: "Blocks forgotten because the index is full.")
        refused = registry.counter(
            "martlet_kvindex_refused_memberships_total", help: "Memberships not taken in because the index is full.")
    }

    /// Keeps them equal to the fleet from now on.
    func follow(_ fleet: Fleet, in registry: MetricsRegistry) {
        registry.onCollect { [weak fleet] in if let fleet { show(fleet.summary) } }
    }

    private func show(_ summary: FleetSummary) {
        agents.set(Double(summary.connectedAgents), ["connected"])
        agents.set(Double(summary.lostAgents), ["lost"])
        engines.set(Double(summary.readyEngines), ["ready"])
        engines.set(Double(summary.unreadyEngines), ["unready"])
        engines.set(Double(summary.unreachableEngines), ["unreachable"])
        blocks.set(Double(summary.index.blocks))
        bytes.set(Double(summary.index.byteCount))
        evicted.cell().set(Double(summary.index.evicted))
        refused.cell().set(Double(summary.index.refused))
    }
}
