import ContainerShim
import Glibc
import JSONValues
import KubernetesAPI
import Logging
import Observability

/// What a pod's worker holds while it runs.
struct PodSession {
    let worker: PodWorker
    let services: RuntimeServices
    var pod: Pod
    var machine: PodMachine
    private var facts: PodFacts
    /// The status written last; nil before the first.
    private var last: JSONValue?
    private var publishedAt: Timestamp?
    private var finishedAt: Timestamp?
    private var runningShown = 0

    init(_ worker: PodWorker, _ services: RuntimeServices) {
        self.worker = worker
        self.services = services
        pod = worker.pod
        machine = PodMachine(
            PodPlan(pod), backoff: services.configuration.backoff, retryAfter: services.configuration.retryAfter)
        facts = PodFacts(
            podIP: worker.address, hostIP: services.configuration.hostIP, startTime: worker.startTime)
        last = StateFile.json(services.state.status(worker.uid))
        for container in machine.plan.all {
            facts.programs[container.name] = services.images.map.entry(for: container.image)?.program
        }
    }

    /// Finds the containers of an earlier agent and takes them over.
    mutating func adopt(_ group: inout DiscardingTaskGroup) {
        for index in machine.containers.indices {
            let name = machine.containers[index].plan.name
            let attempts = services.state.attempts(worker.uid, name)
            guard let attempt = attempts.last else { continue }
            machine.containers[index].attempt = attempt
            machine.containers[index].last = process(name, attempt - 1).exit
            let process = process(name, attempt)
            let failures = process.plan?.failures ?? 0
            machine.containers[index].failures = failures
            if process.exit == nil && !process.isLocked && process.process == nil {
                // Never started: the same attempt is tried again.
                continue
            }
            machine.containers[index].life = .starting
            if process.isLocked, let record = process.process, process.exit == nil {
                restore(index, since: record.startedAt)
                services.logger.info(
                    "Adopted container of Pod",
                    metadata: ["pod": "\(pod.key)", "container": "\(name)", "pid": "\(record.program.pid)"])
            }
            let (worker, services) = (worker, services)
            group.addTask { await PodSession.follow(process, name, attempt, worker, services) }
        }
    }

    /// Keeps what the probes of a running container had found, so that a restart of the agent is not seen outside.
    private mutating func restore(_ index: Int, since: Timestamp) {
        let plan = machine.containers[index].plan
        let shown = last?["containerStatuses"]?.elements.first { $0["name"]?.string == plan.name }
        let isSame = shown?["restartCount"]?.integer == machine.containers[index].attempt
        machine.containers[index].life = .running(since: since, stop: nil)
        for (kind, probe) in plan.probes {
            let flag = kind == .startup ? shown?["started"] : kind == .readiness ? shown?["ready"] : nil
            let isWell = isSame && flag?.bool == true
            machine.containers[index].probes[kind] = ProbeState(
                nextAt: max(.now, since + probe.initialDelay), isWell: isWell ? true : nil)
        }
    }

    mutating func handle(_ events: [PodEvent], _ group: inout DiscardingTaskGroup) {
        for event in events {
            for action in machine.handle(event, at: .now) { perform(action, &group) }
        }
        let running = machine.containers.count { $0.isRunning }
        services.metrics.running.add(Double(running - runningShown))
        runningShown = running
    }

    /// Takes this pod's part out of the gauges.
    mutating func showNothing() {
        services.metrics.running.add(Double(-runningShown))
        runningShown = 0
    }

    private mutating func perform(_ action: PodAction, _ group: inout DiscardingTaskGroup) {
        let (worker, services, pod) = (worker, services, pod)
        switch action {
        case .start(let name, let attempt, let failures):
            guard let container = machine.plan.all.first(where: { $0.name == name }) else { return }
            let subject = ContainerStarter.Subject(
                pod: pod, container: container, attempt: attempt, failures: failures, facts: facts,
                names: services.names(pod))
            group.addTask { await PodSession.start(subject, worker, services) }
        case .probe(let name, let kind, let attempt):
            guard let container = machine.plan.all.first(where: { $0.name == name }),
                let probe = container.probes[kind]
            else { return }
            let (podIP, directory) = (worker.address, process(name, attempt).directory)
            group.addTask {
                let problem = await services.probes.problem(
                    probe.check, timeout: probe.timeout, podIP: podIP, directory: directory)
                worker.post(
                    .probed(name, kind, attempt: attempt, succeeded: problem == nil, message: problem ?? ""))
            }
        case .preStop(let name, let attempt):
            guard let check = machine.plan.all.first(where: { $0.name == name })?.preStop else { return }
            let (podIP, directory, grace) = (worker.address, process(name, attempt).directory, machine.plan.grace)
            group.addTask {
                let problem = await services.probes.problem(
                    check, timeout: max(grace, .seconds(1)), podIP: podIP, directory: directory)
                if let problem { services.callbacks.event(pod, true, "FailedPreStopHook", problem) }
                worker.post(.preStopDone(name, attempt: attempt))
            }
        case .terminate(let name, let attempt):
            process(name, attempt).signal(SIGTERM)
        case .kill(let name, let attempt):
            process(name, attempt).signal(SIGUSR2)
        case .tell(let isWarning, let reason, let message):
            services.callbacks.event(pod, isWarning, reason, message)
        case .finished:
            services.logger.info("Stopped Pod", metadata: ["pod": "\(pod.key)"])
        }
    }

    private func process(_ name: String, _ attempt: Int) -> ContainerProcess {
        ContainerProcess(directory: services.state.attempt(worker.uid, name, attempt))
    }

    /// Writes the status when it changed, and again when the API server seems to have lost it.
    mutating func publish(repeatAfter: Duration) {
        var before = pod.object.status
        if let last {
            // Others' conditions from the server, our own from what was written last.
            let known = last["conditions"]?.elements ?? []
            let others = (before["conditions"]?.elements ?? []).filter { other in
                !known.contains { $0["type"] == other["type"] }
            }
            before["conditions"] = .array(known + others)
        }
        let now = Timestamp.now
        let status = machine.status(after: before, facts: facts, at: now)
        let isLost =
            publishedAt.map { now - $0 >= repeatAfter } ?? true && !PodSession.isSame(status, pod.object.status)
        guard status != last || isLost else { return }
        try? StateFile.replace(services.state.status(worker.uid), with: status)
        services.publisher.publish(status, of: pod)
        (last, publishedAt) = (status, now)
    }

    /// Whether the server's status says what ours does, as far as it is ours to say.
    private static func isSame(_ ours: JSONValue, _ theirs: JSONValue) -> Bool {
        ["phase", "podIP", "startTime", "containerStatuses", "initContainerStatuses"].allSatisfy {
            ours[$0] == theirs[$0]
        }
    }

    mutating func reportFinished(every interval: Duration) {
        let now = Timestamp.now
        if let finishedAt, now - finishedAt < interval { return }
        finishedAt = now
        services.publisher.finish(pod)
    }

    /// When the worker has to look again by itself.
    var deadline: Timestamp? {
        machine.isFinished ? .now + .seconds(5) : machine.deadline
    }
}

// What the worker's child tasks do.
extension PodSession {
    /// Starts an attempt and stays with it to its end.
    static func start(_ subject: ContainerStarter.Subject, _ worker: PodWorker, _ services: RuntimeServices) async {
        let (name, attempt) = (subject.container.name, subject.attempt)
        let began = ContinuousClock.now
        do {
            try forgetOld(subject, services)
            let (process, remarks) = try await services.starter.start(subject)
            for remark in remarks { services.callbacks.event(subject.pod, true, "VolumeStandIn", remark) }
            services.metrics.starts.add()
            if attempt > 0 { services.metrics.restarts.add() }
            let seconds = (ContinuousClock.now - began) / .seconds(1)
            services.metrics.startSeconds.observe(seconds)
            await follow(process, name, attempt, worker, services)
        } catch {
            services.metrics.refusals.add(1, [error.reason])
            worker.post(.notStarted(name, attempt: attempt, reason: error.reason, message: error.message))
        }
    }

    /// Removes the runs before the last one, and a half-made folder of this attempt.
    private static func forgetOld(
        _ subject: ContainerStarter.Subject, _ services: RuntimeServices
    ) throws(StartProblem) {
        let name = subject.container.name
        do {
            for attempt in services.state.attempts(subject.pod.uid, name)
            where attempt < subject.attempt - 1 || attempt == subject.attempt {
                try Folder.remove(services.state.attempt(subject.pod.uid, name, attempt).path)
            }
        } catch {
            throw StartProblem("RunContainerError", "\(error)")
        }
    }

    /// Reports the start of an attempt and then its end.
    static func follow(
        _ process: ContainerProcess, _ name: String, _ attempt: Int, _ worker: PodWorker, _ services: RuntimeServices
    ) async {
        _ = await process.settled()
        if let record = process.process { worker.post(.started(name, attempt: attempt, at: record.startedAt)) }
        while !Task.isCancelled {
            guard let exit = await process.ended(services.watcher) else {
                // The shim is between its last write and its end, or the watcher has closed.
                try? await Task.sleep(for: .milliseconds(20))
                continue
            }
            if exit.reason == "ContainerStatusUnknown" {
                _ = Leftovers.end(Leftovers.id(worker.uid, name, attempt))
            }
            worker.post(.exited(name, attempt: attempt, exit))
            services.logger.info(
                "Container of Pod ended",
                metadata: [
                    "pod": "\(worker.pod.key)", "container": "\(name)", "code": "\(exit.code)",
                    "reason": "\(exit.reason)",
                ])
            return
        }
    }
}
