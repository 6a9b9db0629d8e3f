import JSONValues
import KubernetesAPI
import ServingAPI

/// The pods that exist of one role replica.
struct RoleReplica: Sendable {
    let id: RoleReplicaID
    /// By index: 0 is the entry.
    let pods: [Int: Pod]
    /// The revision its pods were made from; of several the one of the lowest index counts.
    let revision: String?

    init(id: RoleReplicaID, pods: [Int: Pod]) {
        self.id = id
        self.pods = pods
        revision =
            pods.sorted { $0.key < $1.key }.lazy.compactMap { pod in
                pod.value.object.json[path: "metadata", "labels", Keys.Label.revision]?.string
            }.first
    }

    var ordered: [Pod] { pods.sorted { $0.key < $1.key }.map(\.value) }
    var living: [Pod] { ordered.filter { !$0.object.isBeingDeleted } }
    /// Every pod of it is on its way out.
    var isDeleting: Bool { living.isEmpty }
    /// Some pods are on their way out and some are not.
    var isBroken: Bool { !living.isEmpty && living.count < pods.count }

    /// The summed cost of deleting its pods; what is no number counts as 0.
    var deletionCost: Int {
        pods.values.reduce(0) { sum, pod in
            let cost = pod.object.annotations[Keys.Annotation.podDeletionCost].flatMap { Int($0) } ?? 0
            return sum.addingReportingOverflow(cost).partialValue
        }
    }

    func isRunning(size: Int) -> Bool { (0..<size).allSatisfy { pods[$0]?.isReady == true } }
}

/// The role replicas that exist of one ServingGroup.
struct ServingGroup: Sendable {
    let index: Int
    let replicas: [RoleReplicaID: RoleReplica]
    /// Its place among the groups by ordinal, from 0.
    let position: Int
    /// The revision of its pods: the one that is not `update` where they are of several.
    let revision: String

    init(index: Int, position: Int, replicas: [RoleReplicaID: RoleReplica], update: String) {
        self.index = index
        self.position = position
        self.replicas = replicas
        let revisions = replicas.sorted { $0.key < $1.key }.compactMap(\.value.revision)
        revision = revisions.first { $0 != update } ?? update
    }

    var ordered: [RoleReplica] { replicas.sorted { $0.key < $1.key }.map(\.value) }
    var isDeleting: Bool { replicas.values.allSatisfy(\.isDeleting) }
    var deletionCost: Int { replicas.values.reduce(0) { $0.addingReportingOverflow($1.deletionCost).partialValue } }

    func replicas(of role: String) -> [RoleReplica] { ordered.filter { $0.id.role == role } }
}
