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

    /// What the pod asks of a node: the sum over containers and sidecars (init containers that stay), or the most that
    /// an init container takes beside the sidecars started before it, where that is more. Requests of the pod as a
    /// whole stand in their place; the overhead of its runtime class comes on top. A resource with a limit and no
    /// request is asked for at its limit, as the API server's defaulting does.
    package var requests: [String: Quantity] {
        var sidecars: [String: Quantity] = [:]
        var most: [String: Quantity] = [:]
        for container in initContainers {
            let own = Pod.requests(of: container)
            let isSidecar = container["restartPolicy"]?.string == "Always"
            if isSidecar { sidecars.merge(own, uniquingKeysWith: +) }
            let beside = isSidecar ? sidecars : sidecars.merging(own, uniquingKeysWith: +)
            most.merge(beside, uniquingKeysWith: max)
        }
        let sum = containers.reduce(into: sidecars) { $0.merge(Pod.requests(of: $1), uniquingKeysWith: +) }
        let whole = Pod.requests(of: object.spec)
        let overhead = object.spec["overhead"]?.object.map(Pod.quantities) ?? [:]
        return sum.merging(most, uniquingKeysWith: max).merging(whole) { $1 }.merging(overhead, uniquingKeysWith: +)
    }

    private static func quantities(_ object: JSONObject) -> [String: Quantity] {
        var quantities: [String: Quantity] = [:]
        for (name, value) in object { quantities[name] = Quantity(value) }
        return quantities
    }

    private static func requests(of container: JSONValue) -> [String: Quantity] {
        var requests: [String: Quantity] = [:]
        for list in ["limits", "requests"] {
            guard let object = container[path: "resources", list]?.object else { continue }
            requests.merge(quantities(object)) { $1 }
        }
        return requests
    }
}
