import Controllers
import JSONValues
import KubernetesAPI

/// The pods of a cluster as the reference model sees them, read without any code of the controller but the shape of
/// names.
struct Picture {
    struct PodView {
        var uid: String
        var identity: PodIdentity
        var version: String
        /// Pods of its role replica, as it was told.
        var size: Int
        var isReady: Bool
        var isDeleting: Bool
        /// Failed, or restarted and not ready.
        var isTroubled: Bool
        var isSurge: Bool
        var revision: String
        var waitsSince: Timestamp?
    }

    var pods: [PodView]

    init(_ cluster: FakeCluster, cache: inout [String: PodView]) {
        pods = []
        for object in cluster.unsorted(.pod) {
            let key = object.resourceVersion
            if let known = cache[key] {
                pods.append(known)
            } else if let view = PodView(object) {
                cache[key] = view
                pods.append(view)
            }
        }
    }

    var living: [PodView] { pods.filter { !$0.isDeleting } }
    var groups: Set<Int> { Set(pods.map(\.identity.replica.group)) }
    var livingGroups: Set<Int> { Set(living.map(\.identity.replica.group)) }

    func living(_ group: Int) -> [PodView] { living.filter { $0.identity.replica.group == group } }

    /// Role replicas of which every pod is there and ready.
    var readyReplicas: Set<RoleReplicaID> {
        let replicas = Dictionary(grouping: pods, by: \.identity.replica)
        return Set(replicas.filter { $1.count == $1[0].size && $1.allSatisfy { $0.isReady && !$0.isDeleting } }.keys)
    }

    var livingReplicas: Set<RoleReplicaID> { Set(living.map(\.identity.replica)) }

    /// Pods of the largest group if every role had as many replicas as it may have.
    var largestGroup: Int {
        let groups = Dictionary(grouping: pods, by: \.identity.replica.group).values
        return groups.map { pods in
            Dictionary(grouping: pods, by: \.identity.replica.role).values.reduce(0) { sum, pods in
                sum + Wish.roleReplicasMax * (pods.map(\.size).max() ?? 0)
            }
        }.max() ?? 0
    }

    /// Groups that are surely available: every role of the wish has just as many replicas as it asks for, all ready,
    /// and there is no other role.
    func surelyUp(_ wish: Wish, lost: Set<PodIdentity>) -> Set<Int> {
        let (ready, there) = (readyReplicas, livingReplicas)
        return livingGroups.filter { group in
            let replicas = there.filter { $0.group == group }
            return replicas.isSubset(of: ready) && replicas.allSatisfy { wish.role($0.role) != nil }
                && wish.roles.allSatisfy { role in replicas.filter { $0.role == role.name }.count == role.replicas }
                && !lost.contains { $0.replica.group == group }
        }
    }

    /// Groups that may count as available: all that is there of them is ready.
    var perhapsUp: Set<Int> {
        let (ready, there) = (readyReplicas, livingReplicas)
        return livingGroups.filter { group in there.filter { $0.group == group }.isSubset(of: ready) }
    }
}

extension Picture.PodView {
    fileprivate init?(_ object: KubernetesObject) {
        guard let identity = PodIdentity(podName: object.name, serving: "s") else { return nil }
        let container = object.spec["containers"]?[0]
        let status = object.status
        let isReady = status["phase"] == "Running" && status["conditions"]?[0]?["status"] == "True"
        let hasRestarted = status["containerStatuses"] != nil
        self.init(
            uid: object.uid, identity: identity, version: container?["image"]?.string ?? "",
            size: container?["env"]?[0]?["value"]?.string.flatMap { Int($0) } ?? 0, isReady: isReady,
            isDeleting: object.isBeingDeleted, isTroubled: status["phase"] == "Failed" || hasRestarted && !isReady,
            isSurge: object.annotations["martlet.dev/surge"] != nil,
            revision: object.annotations["martlet.dev/revision"] ?? "",
            waitsSince: object.spec["nodeName"] == nil ? object.creationTimestamp : nil)
    }
}
