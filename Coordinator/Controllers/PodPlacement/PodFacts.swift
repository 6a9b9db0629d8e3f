import JSONValues
import KubernetesAPI
import Placement
import ServingAPI

/// What placement keeps of a pod: where it belongs and what it takes, read once from a version of it.
struct PodFacts: Sendable {
    var pod: Pod
    /// The gang: the ServingGroup of the ModelServing that owns it, or what its group-name label says, or itself.
    let group: String
    /// The group's name for people, `namespace/name`.
    let groupName: String
    /// The ModelServing that owns it.
    let servingUID: String?
    /// The ModelServing as `namespace/name`; empty for none.
    let family: String
    /// The atomic part of the gang: a role replica, or the pod alone.
    let part: String
    let role: String
    /// The part's place in its role; nil for parts without one.
    let order: Int?
    /// Pods of the part; nil where the pod does not say.
    let partSize: Int?
    let requests: Resources
    /// Nil where it says nothing about other pods.
    let relations: PodRelations?

    init(_ pod: Pod) {
        self.pod = pod
        requests = Resources(of: pod)
        relations = PodRelations.asks(pod) ? PodRelations(pod) : nil
        if let owner = pod.object.controller, owner.kind == "ModelServing",
            let identity = PodIdentity(podName: pod.key.name, serving: owner.name)
        {
            groupName = "\(pod.key.namespace)/\(identity.replica.groupName(serving: owner.name))"
            group = "\(owner.uid) \(groupName)"
            servingUID = owner.uid
            family = "\(pod.key.namespace)/\(owner.name)"
            part = identity.replica.roleID
            role = identity.replica.role
            order = identity.replica.index
            partSize = PodFacts.groupSize(pod)
        } else {
            let label = pod.object.labels[Keys.Label.groupName]
            groupName = label.map { "\(pod.key.namespace)/\($0)" } ?? pod.key.description
            group = groupName
            servingUID = nil
            family = ""
            part = pod.key.name
            role = ""
            order = nil
            partSize = 1
        }
    }

    /// It takes nothing of a node any more.
    var hasEnded: Bool { pod.phase == .succeeded || pod.phase == .failed }

    /// Whether it may be given a node, by one of these schedulers.
    func waits(for schedulerNames: Set<String>) -> Bool {
        isUnbound && schedulerNames.contains(pod.schedulerName)
    }

    /// It has no node and nothing but a scheduler keeps it from one.
    var isUnbound: Bool {
        pod.nodeName == nil && !pod.object.isBeingDeleted && pod.phase == .pending
            && (pod.object.spec["schedulingGates"]?.elements ?? []).isEmpty
    }

    /// Pods of the role replica, as the pod itself was told when it was made.
    private static func groupSize(_ pod: Pod) -> Int? {
        for container in pod.containers {
            let variable = (container["env"]?.elements ?? []).first {
                $0["name"]?.string == Keys.Environment.groupSize
            }
            if let size = variable?["value"]?.string.flatMap({ Int($0) }) { return size }
        }
        return nil
    }
}
