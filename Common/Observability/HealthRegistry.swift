import Synchronization

/// The named health checks of one process, as `/livez` and `/readyz` show them.
package final class HealthRegistry: Sendable {
    private struct Check: Sendable {
        var name: String
        var isLive: Bool
        var run: @Sendable () -> String?
    }

    /// What one check said.
    package struct Finding: Sendable, Hashable {
        package var name: String
        /// Nil when well, else one sentence why not.
        package var problem: String?
    }

    private let checks = Mutex<[Check]>([])

    package init() {}

    /// Adds a check. It answers nil when well and one sentence when not. A `live` check says that only a restart helps;
    /// every check counts for readiness.
    package func add(_ name: String, live: Bool = false, _ check: @escaping @Sendable () -> String?) {
        checks.withLock { $0.append(Check(name: name, isLive: live, run: check)) }
    }

    /// Runs every check, or those for liveness only.
    package func findings(liveOnly: Bool = false) -> [Finding] {
        checks.withLock { $0 }.filter { !liveOnly || $0.isLive }.map { Finding(name: $0.name, problem: $0.run()) }
    }
}

extension [HealthRegistry.Finding] {
    package var isWell: Bool { allSatisfy { $0.problem == nil } }

    /// The text of a health endpoint: `ok`, or with `verbose` or a failure a line a check as Kubernetes prints them.
    package func text(endpoint: String, verbose: Bool) -> String {
        if isWell && !verbose { return "ok" }
        var lines = map { finding in
            finding.problem.map { "[-]\(finding.name) failed: \($0)" } ?? "[+]\(finding.name) ok"
        }
        lines.append("\(endpoint) check \(isWell ? "passed" : "failed")")
        return lines.joined(separator: "\n") + "\n"
    }
}
