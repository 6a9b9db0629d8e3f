import ContainerShim
import JSONValues
import KubernetesAPI

// The entry of one container in its pod's status.
extension PodMachine {
    func containerStatus(_ container: ContainerState, _ facts: PodFacts) -> JSONValue {
        let hasRun = container.attempt > 0 || container.hasStarted
        let program = facts.programs[container.plan.name]
        return .members([
            "name": .string(container.plan.name),
            "state": state(container),
            "lastState": lastState(container),
            "ready": .bool(container.isReady),
            "restartCount": JSONValue(container.attempt),
            "image": .string(container.plan.image),
            "imageID": .string(hasRun ? "martlet://\(program ?? container.plan.image)" : ""),
            "containerID": hasRun ? .string(id(container, container.attempt)) : nil,
            "started": .bool(container.plan.isInit ? container.isRunning : container.isStarted),
        ])
    }

    /// Names one run of a container for good.
    func id(_ container: ContainerState, _ attempt: Int) -> String {
        "martlet://\(plan.uid)/\(container.plan.name)/\(attempt)"
    }

    private func state(_ container: ContainerState) -> JSONValue {
        switch container.life {
        case .running(let since, _):
            return ["running": ["startedAt": .string(since.description)]]
        case .exited(let exit):
            if backsOff(container, exit) { return backingOff(container, exit) }
            return ["terminated": terminated(exit, container, container.attempt)]
        case .starting, .waiting:
            return ["waiting": waiting(container)]
        }
    }

    /// The run before the one that `state` shows.
    private func lastState(_ container: ContainerState) -> JSONValue {
        if case .exited(let exit) = container.life, backsOff(container, exit) {
            return ["terminated": terminated(exit, container, container.attempt)]
        }
        guard let last = container.last else { return [:] }
        return ["terminated": terminated(last, container, container.attempt - 1)]
    }

    private func backsOff(_ container: ContainerState, _ exit: ExitRecord) -> Bool {
        !isStopping && restarts(container, exit) && container.failures > 1
    }

    private func waiting(_ container: ContainerState) -> JSONValue {
        if let refusal = container.refusal {
            return ["reason": .string(refusal.reason), "message": .string(refusal.message)]
        }
        if !container.plan.isInit && !isInitialized { return ["reason": "PodInitializing"] }
        let isFirst = container.plan.isInit && containers.first?.plan.name == container.plan.name
        let hasInit = containers.contains { $0.plan.isInit }
        return ["reason": hasInit && !isFirst ? "PodInitializing" : "ContainerCreating"]
    }

    private func backingOff(_ container: ContainerState, _ exit: ExitRecord) -> JSONValue {
        let seconds = backoff.delay(afterFailures: container.failures).components.seconds
        let name = "\(plan.key.name)_\(plan.key.namespace)(\(plan.uid))"
        return [
            "waiting": [
                "reason": "CrashLoopBackOff",
                "message": "back-off \(seconds)s restarting failed container=\(container.plan.name) pod=\(name)",
            ]
        ]
    }

    private func terminated(_ exit: ExitRecord, _ container: ContainerState, _ attempt: Int) -> JSONValue {
        .members([
            "exitCode": JSONValue(exit.code), "signal": exit.signal.map { JSONValue($0) },
            "reason": .string(exit.reason), "message": exit.message.map { .string($0) },
            "startedAt": .string((exit.startedAt ?? exit.finishedAt).description),
            "finishedAt": .string(exit.finishedAt.description),
            "containerID": .string(id(container, attempt)),
        ])
    }
}

extension ContainerState {
    /// The current attempt has a process or had one.
    var hasStarted: Bool {
        switch life {
        case .running, .exited: true
        case .waiting, .starting: false
        }
    }
}
