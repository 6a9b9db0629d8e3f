import KubernetesAPI
import ServingAPI

/// The PodGroups of a ModelServing: one for each group that stays or comes, where Volcano places its pods.
extension ServingPlanner {
    func podGroups() -> [ServingAction] {
        let wanted = wantedPodGroups()
        let seen = Dictionary(observation.podGroups.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var actions: [ServingAction] = []
        for (name, group) in seen.sorted(by: { $0.key < $1.key }) where !group.isBeingDeleted {
            if let wanted = wanted[name] {
                guard let patch = PodGroupChange.patch(from: group, to: wanted) else { continue }
                actions.append(.updatePodGroup(group, patch: patch))
            } else {
                actions.append(.deletePodGroup(name: name, uid: group.uid))
            }
        }
        let missing = wanted.filter { seen[$0.key] == nil }.sorted { $0.key < $1.key }
        return actions + missing.map { .createPodGroup($0.value) }
    }

    /// Names of groups whose PodGroup is on its way out: their pods would join the one that goes.
    var groupsInWait: Set<String> {
        guard observation.podGroupSchema != nil else { return [] }
        return Set(observation.podGroups.filter(\.isBeingDeleted).map(\.name))
    }

    private func wantedPodGroups() -> [String: KubernetesObject] {
        guard let schema = observation.podGroupSchema else { return [:] }
        let template = PodGroupTemplate(serving: model.serving, schema: schema)
        var wanted: [String: KubernetesObject] = [:]
        for (ordinal, ids) in replicasToCome() {
            let name = "\(model.serving.key.name)-\(ordinal)"
            wanted[name] = template.podGroup(named: name, demand(of: ordinal, ids))
        }
        return wanted
    }

    /// The role replicas of each group that stays or comes, those that stay or come before those that go.
    private func replicasToCome() -> [Int: [RoleReplicaID]] {
        var coming: [Int: Set<RoleReplicaID>] = [:]
        var going: [Int: Set<RoleReplicaID>] = [:]
        for group in model.ordered where !isGoing(group) {
            coming[group.index] = Set(group.replicas.values.filter { !isGoing($0) }.map(\.id))
            going[group.index] = Set(group.replicas.keys)
        }
        for pod in created { coming[pod.identity.replica.group, default: []].insert(pod.identity.replica) }
        return coming.reduce(into: [:]) { result, entry in
            let others = (going[entry.key] ?? []).subtracting(entry.value)
            result[entry.key] = entry.value.sorted() + others.sorted()
        }
    }

    private func demand(of ordinal: Int, _ ids: [RoleReplicaID]) -> PodGroupDemand {
        let blueprints = blueprints(of: ordinal)
        let parts = (blueprints.first ?? model.update).roles.map { role in
            // While replicas of two sizes live side by side, the gang must not wait for more pods than there will be.
            let smallest = blueprints.compactMap { $0.role(named: role.name) }.min {
                $0.podsPerReplica < $1.podsPerReplica
            }
            let replicas =
                model.groups[ordinal].map { model.wanted(role, in: $0) }
                ?? model.update.role(named: role.name)?.replicas ?? role.replicas
            return PodGroupDemand.Part(
                role: smallest ?? role,
                minimum: model.serving.spec.template.minimum(of: role.name, replicas: replicas),
                ordinals: ids.filter { $0.role == role.name }.map(\.index))
        }
        return PodGroupDemand(parts: parts)
    }

    /// What the pods of a group are or will be made of; the first says which roles it has.
    private func blueprints(of ordinal: Int) -> [Blueprint] {
        guard let group = model.groups[ordinal] else { return [model.blueprintOfNewGroup(ordinal)] }
        let own = group.replicas.values.map { model.blueprint($0.revision) }
        let main = model.blueprint(group.revision)
        guard model.serving.spec.rolloutStrategy.kind == .role else { return [main] + own }
        return [model.update, main] + own
    }
}
