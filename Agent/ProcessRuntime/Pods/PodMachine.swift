import ContainerShim
package import KubernetesAPI

/// The life of one pod: events in, actions out.
///
/// 1. Init containers run one after another, each to success; main containers start after the last.
/// 2. At most one attempt of a container is starting or running at any time.
/// 3. An event of an attempt that is not the current one changes nothing.
/// 4. Once a stop began, nothing is started; `finished` comes once, when nothing runs.
package struct PodMachine: Sendable {
    package let plan: PodPlan
    package var containers: [ContainerState]
    package private(set) var isStopping = false
    private var hasFinished = false
    private var stopBy: Timestamp?
    let backoff: Backoff
    /// The wait before a start that failed is tried again.
    let retryAfter: Duration

    package init(_ plan: PodPlan, backoff: Backoff = .standalone, retryAfter: Duration = .seconds(5)) {
        self.plan = plan
        self.backoff = backoff
        self.retryAfter = retryAfter
        containers = plan.all.map { ContainerState($0) }
    }

    /// A stop has begun and nothing runs any more.
    package var isFinished: Bool { hasFinished }

    /// Takes one event and says what to do now.
    package mutating func handle(_ event: PodEvent, at now: Timestamp) -> [PodAction] {
        var actions: [PodAction] = []
        switch event {
        case .started(let name, let attempt, let at):
            change(name, attempt) { container, machine in machine.started(&container, at: at, &actions) }
        case .notStarted(let name, let attempt, let reason, let message):
            change(name, attempt) { container, machine in
                machine.notStarted(&container, reason, message, now, &actions)
            }
        case .exited(let name, let attempt, let exit):
            change(name, attempt) { container, machine in machine.exited(&container, exit) }
        case .probed(let name, let kind, let attempt, let succeeded, let message):
            change(name, attempt) { container, machine in
                machine.probed(&container, kind, succeeded, message, now, &actions)
            }
        case .preStopDone(let name, let attempt):
            change(name, attempt) { container, _ in
                guard case .running(let since, var stop?) = container.life, stop.stage == .preStop else { return }
                stop.stage = .terminating
                container.life = .running(since: since, stop: stop)
                actions.append(.terminate(name, attempt: attempt))
            }
        case .stop(let grace):
            begin(grace: grace, now)
        case .retry:
            for index in containers.indices {
                if case .waiting = containers[index].life { containers[index].life = .waiting(retryAt: nil) }
            }
        case .tick:
            break
        }
        return actions + advance(now)
    }

    /// Applies a change to the container an event is about, if that attempt is the current one.
    private mutating func change(
        _ name: String, _ attempt: Int, _ body: (inout ContainerState, borrowing PodMachine) -> Void
    ) {
        guard let index = containers.firstIndex(where: { $0.plan.name == name && $0.attempt == attempt }) else {
            return
        }
        var container = containers[index]
        body(&container, self)
        containers[index] = container
    }

    private mutating func begin(grace: Duration, _ now: Timestamp) {
        isStopping = true
        let by = now + grace
        stopBy = min(stopBy ?? by, by)
        for index in containers.indices {
            guard case .running(let since, var stop) = containers[index].life else { continue }
            stop = stop ?? ContainerState.Stop(killAt: by)
            if let killAt = stop?.killAt { stop?.killAt = min(killAt, by) }
            containers[index].life = .running(since: since, stop: stop)
        }
    }

    /// Starts, probes and stops what is due.
    private mutating func advance(_ now: Timestamp) -> [PodAction] {
        var actions: [PodAction] = []
        if isStopping {
            for index in containers.indices {
                // One that came up after the stop began gets what is left of the grace.
                if case .running(let since, nil) = containers[index].life {
                    containers[index].life = .running(since: since, stop: .init(killAt: stopBy ?? now))
                }
                driveStop(&containers[index], now, &actions)
            }
            if !hasFinished && containers.allSatisfy({ !$0.isActive }) {
                hasFinished = true
                actions.append(.finished)
            }
            return actions
        }
        for index in containers.indices {
            drive(&containers[index], now, &actions)
            // The others wait for it.
            if containers[index].plan.isInit && !containers[index].hasSucceeded { break }
        }
        return actions
    }
}

extension ContainerState {
    /// Has a process, or may have one any moment.
    var isActive: Bool {
        switch life {
        case .waiting, .exited: false
        case .starting, .running: true
        }
    }
}

extension Timestamp {
    package static func + (time: Timestamp, duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        return Timestamp(microseconds: time.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }
}
