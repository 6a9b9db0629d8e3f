package import KubernetesAPI

extension ResourceKind {
    /// Domains of the fabric; absent from clusters without Volcano's definitions.
    package static let hyperNode = ResourceKind(
        group: "topology.volcano.sh", version: "v1alpha1", kind: "HyperNode", plural: "hypernodes", isNamespaced: false)
}
