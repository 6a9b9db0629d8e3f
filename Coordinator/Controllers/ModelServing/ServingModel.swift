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

    init(_ observation: ServingObservation) {
        serving = observation.serving
        update = Blueprint(serving.spec.template.roles)
        var blueprints: [String: Blueprint] = [:]
        for object in observation.revisions {
            if let blueprint = Blueprint(object) { blueprints[blueprint.revision] = blueprint }
        }
        blueprints[update.revision] = update
        self.blueprints = blueprints
        var groups: [Int: ServingGroup] = [:]
        for (identity, pod) in observation.pods {
            let id = identity.replica
            var group = groups[id.group] ?? ServingGroup(index: id.group, replicas: [:])
            group.replicas[id, default: RoleReplica(id: id, pods: [:])].pods[identity.index] = pod
            groups[id.group] = group
        }
        self.groups = groups
    }

    var replicas: Int { max(0, serving.spec.replicas) }
    var ordered: [ServingGroup] { groups.sorted { $0.key < $1.key }.map(\.value) }

    /// Groups, counted from the lowest ordinal, that stay at their revision.
    var partition: Int {
        guard serving.spec.rolloutStrategy.kind == .servingGroup else { return 0 }
        return serving.spec.rolloutStrategy.partition?.resolved(of: replicas, rounding: .up) ?? 0
    }

    var maxUnavailable: Int {
        serving.spec.rolloutStrategy.maxUnavailable.resolved(of: replicas, rounding: .down)
    }

    /// The revision of a group: the one that is not the update's where its pods are of several.
    func revision(of group: ServingGroup) -> String {
        let revisions = group.ordered.compactMap(\.revision)
        return revisions.first { $0 != update.revision } ?? update.revision
    }

    func isOutdated(_ group: ServingGroup) -> Bool { revision(of: group) != update.revision }

    /// What a revision is made of; the update where nothing is kept of it.
    func blueprint(_ revision: String?) -> Blueprint { revision.flatMap { blueprints[$0] } ?? update }

    /// What a group that does not exist yet is to be made of: behind the partition the revision that was current.
    func blueprintOfNewGroup(_ ordinal: Int) -> Blueprint {
        ordinal < partition ? blueprint(serving.status.currentRevision) : update
    }

    /// Whether the rollout will replace the group: then its roles are not scaled before.
    func isToBeReplaced(_ group: ServingGroup) -> Bool {
        guard isOutdated(group), serving.spec.rolloutStrategy.kind == .servingGroup else { return false }
        let position = ordered.firstIndex { $0.index == group.index } ?? 0
        return position >= partition
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
        let blueprint = blueprint(revision(of: group))
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
