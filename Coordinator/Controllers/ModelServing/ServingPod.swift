import JSONValues
package import KubernetesAPI
import ServingAPI

/// A pod of a ModelServing with all that plans read of it, worked out once for each change of the pod.
package struct ServingPod: Sendable {
    package let pod: Pod
    /// Where it belongs, by its name: its labels may be the user's.
    let identity: PodIdentity
    let uid: String
    let name: String
    /// Its deletion was asked for, be it by a write that the cache does not show yet.
    var isDeleting: Bool
    /// The revision it was made from: our own annotation says so, for a label may be the user's; pods of other makers
    /// have the label alone.
    let revision: String?
    /// The hash of the role it was made from, by annotation or label.
    let roleHash: String?
    /// It belongs to a group beyond `replicas`, made for the time of a rollout.
    let isSurge: Bool
    /// What is no number counts as 0.
    let deletionCost: Int
    let trouble: PodTrouble?
    /// Since when it waits for a node; nil for a pod that has one.
    let waitsSince: Timestamp?
    private let wasReady: Bool

    /// Nil for a pod whose name has another shape.
    package init?(_ pod: Pod, serving: String) {
        name = pod.object.name
        guard let identity = PodIdentity(podName: name, serving: serving) else { return nil }
        self.pod = pod
        self.identity = identity
        uid = pod.uid
        isDeleting = pod.object.isBeingDeleted
        let metadata = pod.object.json["metadata"]
        let (labels, annotations) = (metadata?["labels"], metadata?["annotations"])
        revision = (annotations?[Keys.Annotation.revision] ?? labels?[Keys.Label.revision])?.string
        roleHash = (annotations?[Keys.Annotation.roleTemplateHash] ?? labels?[Keys.Label.roleTemplateHash])?.string
        isSurge = annotations?[Keys.Annotation.surge] == "true"
        deletionCost = annotations?[Keys.Annotation.podDeletionCost]?.string.flatMap { Int($0) } ?? 0
        trouble = PodTrouble.of(pod)
        waitsSince = pod.nodeName == nil ? pod.object.creationTimestamp : nil
        wasReady = pod.isReady
    }

    /// Running, ready and not on its way out.
    var isReady: Bool { wasReady && !isDeleting }
}
