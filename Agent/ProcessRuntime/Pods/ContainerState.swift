package import ContainerShim
package import KubernetesAPI

/// One container in a pod's life.
package struct ContainerState: Sendable, Hashable {
    /// Why a container could not be started.
    package struct Refusal: Sendable, Hashable {
        package var reason: String
        package var message: String
    }

    /// A stop under way.
    package struct Stop: Sendable, Hashable {
        /// How far it has come.
        package enum Stage: Sendable, Hashable { case due, preStop, terminating, killing }
        package var stage = Stage.due
        /// When SIGKILL is sent; while killing, when it is sent again.
        package var killAt: Timestamp
    }

    /// Where the container stands.
    package enum Life: Sendable, Hashable {
        /// Not started yet; a start that failed is tried again at a time.
        case waiting(retryAt: Timestamp?)
        case starting
        case running(since: Timestamp, stop: Stop?)
        case exited(ExitRecord)
    }

    package let plan: ContainerPlan
    package var life: Life = .waiting(retryAt: nil)
    /// Why it could not be started when that was last tried; it stands while the next try is under way.
    package var refusal: Refusal?
    /// The run that is next, current or last; also the restart count.
    package var attempt = 0
    /// How the run before this one ended.
    package var last: ExitRecord?
    /// Short runs in a row.
    package var failures = 0
    package var probes: [ProbeKind: ProbeState] = [:]

    package init(_ plan: ContainerPlan) { self.plan = plan }

    package var isRunning: Bool {
        if case .running = life { true } else { false }
    }

    /// Ended well for good; what an init container has to do.
    package var hasSucceeded: Bool {
        if case .exited(let exit) = life { exit.code == 0 } else { false }
    }

    /// Past its startup probe.
    package var isStarted: Bool {
        isRunning && (plan.probes[.startup] == nil || probes[.startup]?.isWell == true)
    }

    package var isReady: Bool {
        if plan.isInit { return hasSucceeded }
        return isStarted && (plan.probes[.readiness] == nil || probes[.readiness]?.isWell == true)
    }
}
