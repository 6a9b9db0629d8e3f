import KubernetesAPI
import ServingAPI

/// A ModelServing and what exists of it, in the terms of its spec: groups, role replicas, revisions.
struct ServingModel: Sendable {
    let serving: ModelServing
    /// What new groups are made of.
    let update: Blueprint
    private let blueprints: [String: Blueprint]
    /// Groups of which any pod exists, by ordinal.
    let groups: [Int: ServingGroup]
    let ordered: [ServingGroup]

    init(_ observation: ServingObservation) {
        serving = observation.serving
        update = Blueprint(serving.spec.template.roles)
        var blueprints: [String: Blueprint] = [:]
        for object in observation.revisions {
            if let blueprint = Blueprint(object) { blueprints[blueprint.revision] = blueprint }
        }
        blueprints[update.revision] = update
        self.blueprints = blueprints
        var places: [Int: [RoleReplicaID: [Int: Pod]]] = [:]
        for (identity, pod) in observation.pods {
            places[identity.replica.group, default: [:]][identity.replica, default: [:]][identity.index] = pod
        }
        var groups: [Int: ServingGroup] = [:]
        for (position, (index, replicas)) in places.sorted(by: { $0.key < $1.key }).enumerated() {
            let replicas = Dictionary(uniqueKeysWithValues: replicas.map { ($0, RoleReplica(id: $0, pods: $1)) })
            groups[index] = ServingGroup(
                index: index, position: position, replicas: replicas, update: update.revision)
        }
        self.groups = groups
        ordered = groups.sorted { $0.key < $1.key }.map(\.value)
    }

    var replicas: Int { max(0, serving.spec.replicas) }

    /// Groups, counted from the lowest ordinal, that stay at their revision.
    var partition: Int {
        guard serving.spec.rolloutStrategy.kind == .servingGroup else { return 0 }
        return serving.spec.rolloutStrategy.partition?.resolved(of: replicas, rounding: .up) ?? 0
    }

    var maxUnavailable: Int {
        serving.spec.rolloutStrategy.maxUnavailable.resolved(of: replicas, rounding: .down)
    }

    func isOutdated(_ group: ServingGroup) -> Bool { group.revision != update.revision }

    /// What a revision is made of; the update where nothing is kept of it.
    func blueprint(_ revision: String?) -> Blueprint { revision.flatMap { blueprints[$0] } ?? update }

    /// What a group that does not exist yet is to be made of: behind the partition the revision that was current.
    func blueprintOfNewGroup(_ ordinal: Int) -> Blueprint {
        ordinal < partition ? blueprint(serving.status.currentRevision) : update
    }

    /// Whether the rollout will replace the group: then its roles are not scaled before.
    func isToBeReplaced(_ group: ServingGroup) -> Bool {
        isOutdated(group) && serving.spec.rolloutStrategy.kind == .servingGroup && group.position >= partition
    }

    /// Replicas of a role that a group should have now.
    func wanted(_ role: Role, in group: ServingGroup) -> Int {
        let asked = max(0, update.role(named: role.name)?.replicas ?? role.replicas)
        guard isToBeReplaced(group) else { return asked }
        let highest = group.replicas(of: role.name).map { $0.id.index + 1 }.max() ?? 0
        return min(asked, max(role.replicas, highest))
    }

    /// Every role has all of its replicas, each with all of its pods ready.
    func isRunning(_ group: ServingGroup) -> Bool {
        let blueprint = blueprint(group.revision)
        return blueprint.roles.allSatisfy { role in
            let living = group.replicas(of: role.name).filter { !$0.isDeleting }
            let wanted = wanted(role, in: group)
            let isWhole = isToBeReplaced(group) ? living.count >= wanted : living.count == wanted
            return isWhole && living.allSatisfy { isRunning($0) }
        }
    }

    func isRunning(_ replica: RoleReplica) -> Bool {
        guard !replica.isDeleting, let role = blueprint(replica.revision).role(named: replica.id.role) else {
            return false
        }
        return replica.isRunning(size: role.podsPerReplica)
    }
}
