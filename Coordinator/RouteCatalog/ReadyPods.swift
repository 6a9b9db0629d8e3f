import JSONValues
package import KubernetesAPI

/// The pods that may get traffic now, by namespace: a table is built from these and not from every pod there is.
package struct ReadyPods: Sendable {
    private var namespaces: [String: [String: Pod]] = [:]

    package init() {}

    package init(_ pods: [Pod]) { for pod in pods { put(pod) } }

    /// In no order.
    package subscript(namespace: String) -> [Pod] { namespaces[namespace].map { Array($0.values) } ?? [] }

    /// Takes a pod as it is now; whether that may change where traffic goes.
    @discardableResult package mutating func put(_ pod: Pod) -> Bool {
        guard pod.isReady else { return remove(pod.key) }
        let old = namespaces[pod.key.namespace, default: [:]].updateValue(pod, forKey: pod.key.name)
        guard let old else { return true }
        return old.podIP != pod.podIP || old.nodeName != pod.nodeName
            || old.object.labels != pod.object.labels || BootstrapPort.of(old) != BootstrapPort.of(pod)
    }

    /// Forgets a pod; whether it got traffic.
    @discardableResult package mutating func remove(_ key: ObjectKey) -> Bool {
        guard namespaces[key.namespace]?.removeValue(forKey: key.name) != nil else { return false }
        if namespaces[key.namespace]?.isEmpty == true { namespaces[key.namespace] = nil }
        return true
    }

    /// What routing reads of a pod, for a cache of many.
    package static func excerpt(of object: KubernetesObject) -> KubernetesObject {
        let pod = Pod(object)
        var kept = Pod(KubernetesObject(.pod, namespace: object.namespace, name: object.name))
        for field in ["uid", "resourceVersion", "labels", "deletionTimestamp"] {
            kept.object.json[path: "metadata", field] = object.json[path: "metadata", field]
        }
        kept.nodeName = pod.nodeName
        for field in ["phase", "podIP", "startTime"] { kept.object.json[path: "status", field] = object.status[field] }
        if let containers = BootstrapPort.excerpt(of: pod) { kept.object.json[path: "spec", "containers"] = containers }
        kept.conditions = pod.conditions.filter { $0.type == "Ready" }
        return kept.object
    }
}
