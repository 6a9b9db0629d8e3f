import JSONValues
import KubernetesAPI

/// The one word, and the counts, that say how a pod is: what its containers report comes before its phase.
struct PodSummary {
    private(set) var ready = 0
    private(set) var total: Int
    private(set) var reason: String
    private var restartCount = 0
    private var lastRestart: Timestamp?
    private let object: JSONValue

    init(_ object: JSONValue) {
        self.object = object
        total = object[path: "spec", "containers"]?.elements.count ?? 0
        let status = object["status"] ?? .null
        reason = status["reason"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? status["phase"]?.string ?? "Pending"
        for condition in status["conditions"]?.elements ?? []
        where condition["type"] == "PodScheduled" && condition["reason"] == "SchedulingGated" {
            reason = "SchedulingGated"
        }
        let initializing = addInitContainers(status["initContainerStatuses"]?.elements ?? [])
        if !initializing || conditionHolds("Initialized") {
            addContainers(status["containerStatuses"]?.elements ?? [])
        }
        applyDeletion(status)
    }

    /// The count, and how long ago the last restart was.
    func restarts(now: Timestamp) -> String {
        guard restartCount > 0, let lastRestart else { return "\(restartCount)" }
        return "\(restartCount) (\(Age.text(now - lastRestart)) ago)"
    }

    /// Answers whether some init container keeps the others from starting.
    private mutating func addInitContainers(_ statuses: [JSONValue]) -> Bool {
        let specs = object[path: "spec", "initContainers"]?.elements ?? []
        let sidecars = Set(specs.filter { $0["restartPolicy"] == "Always" }.compactMap { $0["name"]?.string })
        total += sidecars.count
        var sidecarCount = 0
        var sidecarRestart: Timestamp?
        for (index, status) in statuses.enumerated() {
            addRestarts(of: status)
            let isSidecar = sidecars.contains(status["name"]?.string ?? "")
            if isSidecar {
                sidecarCount += status["restartCount"]?.integer ?? 0
                sidecarRestart = PodSummary.later(sidecarRestart, PodSummary.restart(of: status))
            }
            if status[path: "state", "terminated", "exitCode"] == 0 { continue }
            if isSidecar, status["started"] == true {
                if status["ready"] == true { ready += 1 }
                continue
            }
            let fault = PodSummary.fault(of: status).flatMap { $0 == "PodInitializing" ? nil : $0 }
            reason = "Init:" + (fault ?? "\(index)/\(specs.count)")
            return true
        }
        // Once init containers are done their restarts count no more, those of sidecars do.
        restartCount = sidecarCount
        lastRestart = sidecarRestart
        return false
    }

    private mutating func addContainers(_ statuses: [JSONValue]) {
        var hasRunning = false
        for status in statuses.reversed() {
            addRestarts(of: status)
            if let fault = PodSummary.fault(of: status) {
                reason = fault
            } else if status["ready"] == true, status[path: "state", "running"] != nil {
                hasRunning = true
                ready += 1
            }
        }
        if reason == "Completed", hasRunning { reason = conditionHolds("Ready") ? "Running" : "NotReady" }
    }

    private mutating func applyDeletion(_ status: JSONValue) {
        guard object[path: "metadata", "deletionTimestamp"]?.string != nil else { return }
        if status["reason"] == "NodeLost" {
            reason = "Unknown"
        } else if status["phase"] != "Succeeded", status["phase"] != "Failed" {
            reason = "Terminating"
        }
    }

    private mutating func addRestarts(of status: JSONValue) {
        restartCount += status["restartCount"]?.integer ?? 0
        lastRestart = PodSummary.later(lastRestart, PodSummary.restart(of: status))
    }

    private func conditionHolds(_ type: String) -> Bool { Pod(KubernetesObject(object)).conditions.holds(type) }

    /// Why a container does not run: its own word, its signal or its exit code.
    private static func fault(of status: JSONValue) -> String? {
        if let reason = status[path: "state", "waiting", "reason"]?.string { return reason.isEmpty ? nil : reason }
        guard let terminated = status[path: "state", "terminated"] else { return nil }
        if let reason = terminated["reason"]?.string, !reason.isEmpty { return reason }
        if let signal = terminated["signal"]?.integer, signal != 0 { return "Signal:\(signal)" }
        return "ExitCode:\(terminated["exitCode"]?.integer ?? 0)"
    }

    private static func restart(of status: JSONValue) -> Timestamp? {
        status[path: "lastState", "terminated", "finishedAt"]?.string.flatMap { Timestamp($0) }
    }

    private static func later(_ left: Timestamp?, _ right: Timestamp?) -> Timestamp? {
        guard let left, let right else { return left ?? right }
        return max(left, right)
    }
}
