package import JSONValues

/// A view of a Pod: what placement, routing and the runtimes read of it.
package struct Pod: Sendable, Hashable {
    package var object: KubernetesObject

    package init(_ object: KubernetesObject) { self.object = object }

    package var key: ObjectKey { object.key }
    package var uid: String { object.uid }

    /// The node it is bound to; nil while it waits for one.
    package var nodeName: String? {
        get { object.spec["nodeName"]?.string }
        set { object.json[path: "spec", "nodeName"] = newValue.map { .string($0) } }
    }

    package var schedulerName: String { object.spec["schedulerName"]?.string ?? "default-scheduler" }
    package var phase: Phase { Phase(rawValue: object.status["phase"]?.string ?? "") ?? .pending }
    package var podIP: String? { object.status["podIP"]?.string }
    package var containers: [JSONValue] { object.spec["containers"]?.elements ?? [] }
    package var initContainers: [JSONValue] { object.spec["initContainers"]?.elements ?? [] }

    package var conditions: [Condition] {
        get { object.status["conditions"]?.elements.compactMap { Condition($0) } ?? [] }
        set { object.json[path: "status", "conditions"] = .array(newValue.map(\.json)) }
    }

    /// Running, ready, and not on its way out: it may get traffic.
    package var isReady: Bool { phase == .running && conditions.holds("Ready") && !object.isBeingDeleted }

    /// Times its containers were started again, summed.
    package var restartCount: Int {
        (object.status["containerStatuses"]?.elements ?? []).reduce(0) { $0 + ($1["restartCount"]?.integer ?? 0) }
    }

    /// Where a pod is in its life, as the node's runtime last said.
    package enum Phase: String, Sendable {
        case pending = "Pending"
        case running = "Running"
        case succeeded = "Succeeded"
        case failed = "Failed"
        case unknown = "Unknown"
    }
}
