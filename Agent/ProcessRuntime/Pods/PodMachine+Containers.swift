import ContainerShim
package import KubernetesAPI

// What each event means for the container it is about.
extension PodMachine {
    func started(_ container: inout ContainerState, at time: Timestamp, _ actions: inout [PodAction]) {
        guard case .starting = container.life else { return }
        container.life = .running(since: time, stop: nil)
        container.refusal = nil
        container.probes = container.plan.probes.mapValues { ProbeState(nextAt: time + $0.initialDelay) }
        actions.append(.tell(isWarning: false, reason: "Started", message: "Started container \(container.plan.name)"))
    }

    func notStarted(
        _ container: inout ContainerState, _ reason: String, _ message: String, _ now: Timestamp,
        _ actions: inout [PodAction]
    ) {
        guard case .starting = container.life else { return }
        container.life = .waiting(retryAt: now + retryAfter)
        container.refusal = ContainerState.Refusal(reason: reason, message: message)
        actions.append(.tell(isWarning: true, reason: reason, message: message))
    }

    func exited(_ container: inout ContainerState, _ exit: ExitRecord) {
        let ran = exit.startedAt.map { exit.finishedAt - $0 } ?? .zero
        container.failures = (ran >= backoff.resetAfter ? 0 : container.failures) + 1
        container.life = .exited(exit)
        container.probes = [:]
    }

    func probed(
        _ container: inout ContainerState, _ kind: ProbeKind, _ succeeded: Bool, _ message: String, _ now: Timestamp,
        _ actions: inout [PodAction]
    ) {
        guard case .running(let since, nil) = container.life, let probe = container.plan.probes[kind],
            var state = container.probes[kind]
        else { return }
        let verdict = state.count(succeeded, probe)
        container.probes[kind] = state
        let name = container.plan.name
        if !succeeded {
            let title = kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst()
            actions.append(
                .tell(
                    isWarning: true, reason: "Unhealthy",
                    message: "\(title) probe of container \(name) failed: \(message)"))
        }
        guard verdict == false, kind != .readiness else { return }
        let grace = probe.grace ?? plan.grace
        container.life = .running(since: since, stop: .init(killAt: now + grace))
        actions.append(
            .tell(
                isWarning: false, reason: "Killing",
                message: "Container \(name) failed its \(kind.rawValue) probe and will be restarted"))
    }
}

// What is due for a container at a time.
extension PodMachine {
    /// A pod that ended its hook late still gets this long to end by itself, as with the kubelet.
    private static let graceAfterHook = Duration.seconds(2)
    /// How often SIGKILL is repeated for a process the kernel does not let go.
    private static let killAgainAfter = Duration.seconds(5)

    func drive(_ container: inout ContainerState, _ now: Timestamp, _ actions: inout [PodAction]) {
        let name = container.plan.name
        switch container.life {
        case .starting:
            break
        case .waiting(let retryAt):
            if let retryAt, now < retryAt { return }
            container.life = .starting
            actions.append(.start(name, attempt: container.attempt, failures: container.failures))
        case .exited(let exit):
            guard restarts(container, exit) else { return }
            guard now >= restartAt(container, exit) else { return }
            container.attempt += 1
            container.last = exit
            container.life = .starting
            actions.append(.start(name, attempt: container.attempt, failures: container.failures))
        case .running(_, nil):
            driveProbes(&container, now, &actions)
        case .running:
            driveStop(&container, now, &actions)
        }
    }

    func restarts(_ container: ContainerState, _ exit: ExitRecord) -> Bool {
        // An init container that succeeded is done, whatever the policy.
        if container.plan.isInit { return exit.code != 0 && plan.restartPolicy != .never }
        return plan.restartPolicy.restarts(afterExit: exit.code)
    }

    func restartAt(_ container: ContainerState, _ exit: ExitRecord) -> Timestamp {
        exit.finishedAt + backoff.delay(afterFailures: container.failures)
    }

    /// The probes that run now: startup alone until it is well, then the other two.
    func activeProbes(_ container: ContainerState) -> [ProbeKind] {
        let kinds: [ProbeKind] = container.isStarted ? [.readiness, .liveness] : [.startup]
        return kinds.filter { container.probes[$0] != nil }
    }

    private func driveProbes(_ container: inout ContainerState, _ now: Timestamp, _ actions: inout [PodAction]) {
        for kind in activeProbes(container) {
            guard let probe = container.plan.probes[kind], let state = container.probes[kind], !state.isInFlight,
                now >= state.nextAt
            else { continue }
            container.probes[kind]?.isInFlight = true
            container.probes[kind]?.nextAt = now + probe.period
            actions.append(.probe(container.plan.name, kind, attempt: container.attempt))
        }
    }

    /// Hook, SIGTERM, SIGKILL, each when it is due.
    func driveStop(_ container: inout ContainerState, _ now: Timestamp, _ actions: inout [PodAction]) {
        guard case .running(let since, var stop?) = container.life else { return }
        let (name, attempt) = (container.plan.name, container.attempt)
        switch stop.stage {
        case .due:
            actions.append(.tell(isWarning: false, reason: "Killing", message: "Stopping container \(name)"))
            if now >= stop.killAt {
                stop.stage = .killing
                stop.killAt = now + PodMachine.killAgainAfter
                actions.append(.kill(name, attempt: attempt))
            } else if container.plan.preStop != nil {
                stop.stage = .preStop
                actions.append(.preStop(name, attempt: attempt))
            } else {
                stop.stage = .terminating
                actions.append(.terminate(name, attempt: attempt))
            }
        case .preStop:
            guard now >= stop.killAt else { break }
            stop.stage = .terminating
            stop.killAt = now + PodMachine.graceAfterHook
            actions.append(.terminate(name, attempt: attempt))
        case .terminating, .killing:
            guard now >= stop.killAt else { break }
            stop.stage = .killing
            stop.killAt = now + PodMachine.killAgainAfter
            actions.append(.kill(name, attempt: attempt))
        }
        container.life = .running(since: since, stop: stop)
    }

    /// The next time something is due without any event; nil when only an event can change something.
    package var deadline: Timestamp? {
        var times: [Timestamp] = []
        for container in containers {
            switch container.life {
            case .starting: break
            case .waiting(let retryAt):
                if !isStopping, let retryAt { times.append(retryAt) }
            case .exited(let exit):
                if !isStopping && restarts(container, exit) { times.append(restartAt(container, exit)) }
            case .running(_, let stop?):
                times.append(stop.killAt)
            case .running(_, nil):
                times += activeProbes(container).compactMap { container.probes[$0] }.filter { !$0.isInFlight }
                    .map(\.nextAt)
            }
            if container.plan.isInit && !container.hasSucceeded && !isStopping { break }
        }
        return times.min()
    }
}
