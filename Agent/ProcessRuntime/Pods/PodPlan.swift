import JSONValues
package import KubernetesAPI

/// When a container that ended is started again.
package enum RestartPolicy: String, Sendable {
    case always = "Always"
    case onFailure = "OnFailure"
    case never = "Never"

    package func restarts(afterExit code: Int) -> Bool {
        switch self {
        case .always: true
        case .onFailure: code != 0
        case .never: false
        }
    }
}

/// What a pod's manifest says, as far as its life goes. It does not change while the pod lives.
package struct PodPlan: Sendable, Hashable {
    package var key: ObjectKey
    package var uid: String
    package var initContainers: [ContainerPlan]
    package var containers: [ContainerPlan]
    package var restartPolicy: RestartPolicy
    package var grace: Duration
    /// `BestEffort`, `Burstable` or `Guaranteed`.
    package var qualityOfService: String

    /// Kubernetes' own default, seconds.
    package static let graceDefault = 30

    package init(_ pod: Pod) {
        key = pod.key
        uid = pod.uid
        initContainers = pod.initContainers.map { ContainerPlan($0, isInit: true) }
        containers = pod.containers.map { ContainerPlan($0, isInit: false) }
        restartPolicy = RestartPolicy(rawValue: pod.object.spec["restartPolicy"]?.string ?? "") ?? .always
        grace = .seconds(pod.object.spec["terminationGracePeriodSeconds"]?.integer ?? PodPlan.graceDefault)
        qualityOfService = PodPlan.qualityOfService(pod.containers + pod.initContainers)
    }

    package var all: [ContainerPlan] { initContainers + containers }

    /// Guaranteed: every container limits cpu and memory and asks for just that. BestEffort: none says anything.
    private static func qualityOfService(_ containers: [JSONValue]) -> String {
        let names = ["cpu", "memory"]
        func quantity(_ container: JSONValue, _ list: String, _ name: String) -> Quantity? {
            container[path: "resources", list, name].flatMap { Quantity($0) }
        }
        let isGuaranteed = containers.allSatisfy { container in
            names.allSatisfy { name in
                guard let limit = quantity(container, "limits", name) else { return false }
                return quantity(container, "requests", name).map { $0 == limit } ?? true
            }
        }
        if isGuaranteed && !containers.isEmpty { return "Guaranteed" }
        let saysNothing = containers.allSatisfy { container in
            names.allSatisfy { quantity(container, "limits", $0) == nil && quantity(container, "requests", $0) == nil }
        }
        return saysNothing ? "BestEffort" : "Burstable"
    }
}
