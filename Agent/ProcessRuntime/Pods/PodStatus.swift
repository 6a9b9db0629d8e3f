import ContainerShim
package import JSONValues
package import KubernetesAPI

/// What the status of a pod needs beyond its machine.
package struct PodFacts: Sendable, Hashable {
    package var podIP: String
    package var hostIP: String
    /// When the runtime first saw the pod.
    package var startTime: Timestamp
    /// The program that stands for each container's image, where it is known.
    package var programs: [String: String] = [:]

    package init(podIP: String, hostIP: String = "127.0.0.1", startTime: Timestamp) {
        self.podIP = podIP
        self.hostIP = hostIP
        self.startTime = startTime
    }
}

extension PodMachine {
    /// The whole status of the pod as the kubelet would write it. `before` is the status as it stands; it keeps the
    /// times of transitions and the conditions that others wrote.
    package func status(after before: JSONValue, facts: PodFacts, at now: Timestamp) -> JSONValue {
        var status = before
        status["phase"] = .string(phase.rawValue)
        status["conditions"] = .array(conditions(before, at: now))
        status["hostIP"] = .string(facts.hostIP)
        status["hostIPs"] = [["ip": .string(facts.hostIP)]]
        status["podIP"] = .string(facts.podIP)
        status["podIPs"] = [["ip": .string(facts.podIP)]]
        status["startTime"] = before["startTime"] ?? .string(facts.startTime.description)
        status["qosClass"] = .string(plan.qualityOfService)
        let (inits, mains) = (containers.filter(\.plan.isInit), containers.filter { !$0.plan.isInit })
        status["initContainerStatuses"] =
            inits.isEmpty ? nil : .array(inits.map { containerStatus($0, facts) })
        status["containerStatuses"] = .array(mains.map { containerStatus($0, facts) })
        return status
    }

    /// The one-word summary, by the kubelet's rules.
    package var phase: Pod.Phase {
        if let stuck = containers.first(where: { $0.plan.isInit && !$0.hasSucceeded }) {
            if case .exited(let exit) = stuck.life, !restarts(stuck, exit) { return .failed }
            return .pending
        }
        let mains = containers.filter { !$0.plan.isInit }
        // A container between two runs counts as one that has ended, not as one that never ran.
        let neverRan = mains.contains { container in
            switch container.life {
            case .waiting, .starting: container.last == nil
            case .running, .exited: false
            }
        }
        if neverRan { return .pending }
        let exits = mains.compactMap { container in
            if case .exited(let exit) = container.life, !restarts(container, exit) || isStopping { exit } else { nil }
        }
        guard exits.count == mains.count else { return .running }
        return exits.allSatisfy { $0.code == 0 } ? .succeeded : .failed
    }

    /// Every init container has done its work.
    var isInitialized: Bool { containers.allSatisfy { !$0.plan.isInit || $0.hasSucceeded } }

    private func conditions(_ before: JSONValue, at now: Timestamp) -> [JSONValue] {
        let mains = containers.filter { !$0.plan.isInit }
        let unready = mains.filter { !$0.isReady }.map(\.plan.name)
        let incomplete = containers.filter { $0.plan.isInit && !$0.hasSucceeded }.map(\.plan.name)
        let (isReady, ended) = (unready.isEmpty && isInitialized, phase == .succeeded)
        let reason = isReady ? "" : ended ? "PodCompleted" : "ContainersNotReady"
        let message = isReady || ended ? "" : "containers with unready status: [\(unready.joined(separator: " "))]"
        let ours = [
            Condition(
                "PodReadyToStartContainers", true, reason: "", message: "", at: now),
            Condition(
                "Initialized", isInitialized, reason: isInitialized ? "" : "ContainersNotInitialized",
                message: isInitialized
                    ? "" : "containers with incomplete status: [\(incomplete.joined(separator: " "))]", at: now),
            Condition("Ready", isReady, reason: reason, message: message, at: now),
            Condition("ContainersReady", isReady, reason: reason, message: message, at: now),
            Condition("PodScheduled", true, reason: "", message: "", at: now),
        ]
        let old = before["conditions"]?.elements ?? []
        let others = old.filter { other in !ours.contains { $0.type == other["type"]?.string } }
        return ours.map { PodMachine.json($0, old) } + others
    }

    /// A condition without empty members, with the time of its last change.
    private static func json(_ condition: Condition, _ old: [JSONValue]) -> JSONValue {
        let previous = old.first { $0["type"]?.string == condition.type }
        let isSame = previous?["status"]?.string == condition.status
        let time = isSame ? previous?["lastTransitionTime"]?.string : nil
        return .members([
            "type": .string(condition.type), "status": .string(condition.status),
            "reason": condition.reason.isEmpty ? nil : .string(condition.reason),
            "message": condition.message.isEmpty ? nil : .string(condition.message),
            "lastTransitionTime": .string(time ?? condition.lastTransitionTime.description),
        ])
    }
}
