import JSONValues
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
        let created = Dictionary(grouping: created) { $0.identity.replica.group }
        var wanted: [String: KubernetesObject] = [:]
        var specs: [Likeness: JSONValue] = [:]
        for group in model.ordered where !isGoing(group) {
            let name = "\(model.serving.key.name)-\(group.index)"
            let likeness = schema.hasSubGroups ? Likeness(group, created[group.index] ?? []) : nil
            let spec =
                likeness.flatMap { specs[$0] } ?? template.spec(demand(of: group, created[group.index] ?? []))
            if let likeness { specs[likeness] = spec }
            wanted[name] = template.podGroup(named: name, spec)
        }
        for (ordinal, pods) in created {
            let name = "\(model.serving.key.name)-\(ordinal)"
            guard wanted[name] == nil else { continue }
            wanted[name] = template.podGroup(named: name, template.spec(demand(ofNew: ordinal, pods)))
        }
        return wanted
    }

    /// What groups have in common that need the same: most of a ModelServing's do, and need not be worked out again.
    private struct Likeness: Hashable {
        var revision: String
        var wanted: [Int]

        /// Nil for a group whose parts are of several revisions.
        init?(_ group: ServingGroup, _ created: [NewPod]) {
            revision = group.blueprint.revision
            wanted = group.shape.map(\.wanted)
            guard group.replicas.allSatisfy({ [revision] in $0.revision == revision }),
                created.allSatisfy({ [revision] in $0.blueprint.revision == revision })
            else { return nil }
        }
    }

    private func demand(of group: ServingGroup, _ new: [NewPod]) -> PodGroupDemand {
        let staying = Set(group.replicas.filter { !isGoing($0) }.map(\.id)).union(new.map(\.identity.replica))
        let going = Set(group.replicas.map(\.id)).subtracting(staying)
        let ids = staying.sorted() + going.sorted()
        let parts = group.shape.compactMap { role, wanted in
            let own = group.replicas.filter { $0.id.role == role.name }.compactMap {
                model.blueprint(of: $0, in: group).role(named: role.name)
            }
            return part(role, own + new.map(\.role), wanted, ids)
        }
        return PodGroupDemand(parts: parts)
    }

    private func demand(ofNew ordinal: Int, _ created: [NewPod]) -> PodGroupDemand {
        let isSurge = created.contains(where: \.isSurge)
        let blueprint = model.rollsGroups && ordinal < model.partition && !isSurge ? model.historical : model.update
        let ids = Set(created.map(\.identity.replica)).sorted()
        let parts = blueprint.roles.compactMap { role in
            part(role, created.map(\.role), model.update.role(named: role.name)?.replicas ?? role.replicas, ids)
        }
        return PodGroupDemand(parts: parts)
    }

    /// The part of one role; `variants` are what roles of its replicas are made of. While replicas of two sizes live
    /// side by side, the gang must not wait for more pods than there will be.
    private func part(
        _ role: Role, _ variants: [Role], _ replicas: Int, _ ids: [RoleReplicaID]
    ) -> PodGroupDemand.Part? {
        guard replicas > 0 else { return nil }
        let smallest = variants.filter { $0.name == role.name && $0.podsPerReplica < role.podsPerReplica }.min {
            $0.podsPerReplica < $1.podsPerReplica
        }
        return PodGroupDemand.Part(
            role: smallest ?? role,
            minimum: model.serving.spec.template.minimum(of: role.name, replicas: replicas),
            ordinals: ids.filter { $0.role == role.name }.map(\.index))
    }
}
