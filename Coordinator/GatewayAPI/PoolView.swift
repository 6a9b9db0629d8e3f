import JSONValues
package import KubernetesAPI
package import Routing

/// A view of an InferencePool: the pods that serve it, and their ports.
package struct PoolView: Sendable, Hashable {
    package let object: KubernetesObject
    /// Nil where the selector is missing or empty, or cannot be read: then no pod is meant.
    package let selector: LabelSelector?
    /// One engine listens on each of them in every pod.
    package let ports: [Int]

    package init(_ object: KubernetesObject) {
        self.object = object
        selector = object.spec["selector"].flatMap { LabelSelector($0) }.flatMap {
            $0.requirements.isEmpty ? nil : $0
        }
        ports = (object.spec["targetPorts"]?.elements ?? []).compactMap { $0["number"]?.integer }
            .filter { (1...65_535).contains($0) }
    }

    package var name: ObjectName { ObjectName(namespace: object.namespace, name: object.name) }
}
