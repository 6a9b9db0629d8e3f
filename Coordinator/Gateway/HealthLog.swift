import AgentProtocol
import JSONValues
import Observability
import Routing
import Synchronization

/// Every time an engine was left alone or taken back, counted, and the last of them kept for questions.
final class HealthLog: Sendable {
    /// Changes kept; the oldest leaves.
    static let changesMax = 256

    private struct Entry {
        var change: HealthChange
        var microseconds: Int64
    }

    private let entries = Mutex<[Entry]>([])
    private let metrics: HealthMetrics

    init(_ metrics: HealthMetrics) { self.metrics = metrics }

    func note(_ change: HealthChange) {
        let cause: String
        switch change.change {
        case .opened(let why, _):
            cause = why.rawValue
            metrics.ejected.add(1)
        case .closed:
            cause = "recovered"
            metrics.ejected.add(-1)
        }
        metrics.changes.add(1, [cause])
        let entry = Entry(change: change, microseconds: WallClock.microseconds)
        entries.withLock { entries in
            if entries.count >= Self.changesMax { entries.removeFirst() }
            entries.append(entry)
        }
    }

    /// Newest first.
    var json: [JSONValue] {
        entries.withLock { $0 }.reversed().map { entry in
            var pause: Double?
            var cause = "recovered"
            if case .opened(let why, let length) = entry.change.change {
                cause = why.rawValue
                pause = length / .milliseconds(1)
            }
            return .members([
                "engine": .string(entry.change.engine.description), "atMicroseconds": .integer(entry.microseconds),
                "change": .string(pause == nil ? "takenBack" : "leftAlone"), "cause": .string(cause),
                "pauseMilliseconds": pause.map { .double($0) },
            ])
        }
    }
}

/// The instruments of engines' health and of retries.
struct HealthMetrics: Sendable {
    let changes: Counter
    let ejected: Gauge
    let refusedRetries: Counter

    init(_ registry: MetricsRegistry) {
        changes = registry.counter(
            "martlet_gateway_engine_health_changes_total",
            help: "Engines that were left alone, by the cause, or taken back (recovered).", labels: ["cause"])
        ejected = registry.gauge(
            "martlet_gateway_ejected_engines", help: "Engines that are left alone or wait for a probe.")
        refusedRetries = registry.counter(
            "martlet_gateway_refused_retries_total", help: "Retries that the retry budget did not allow.")
    }
}
