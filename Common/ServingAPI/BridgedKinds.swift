package import KubernetesAPI

/// Kinds of others that a cluster may or may not serve.
extension ResourceKind {
    /// Volcano's gang.
    package static let podGroup = ResourceKind(
        group: "scheduling.volcano.sh", version: "v1beta1", kind: "PodGroup", plural: "podgroups")
    /// Groups of a leader and its workers, of the Kubernetes LWS project.
    package static let leaderWorkerSet = ResourceKind(
        group: Keys.LeaderWorkerSet.group, version: "v1", kind: "LeaderWorkerSet", plural: "leaderworkersets")
}
