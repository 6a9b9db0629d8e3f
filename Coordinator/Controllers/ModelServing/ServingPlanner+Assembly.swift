import JSONValues
import KubernetesAPI
import ServingAPI

/// What was decided, as writes in their order: revision, PodGroups, deletions, the Services around pods, pods.
extension ServingPlanner {
    mutating func assembled() -> ServingPlan {
        if isFull { wake(after: .zero) }
        let inWait = groupsInWait
        created.removeAll { inWait.contains($0.identity.replica.groupName(serving: model.serving.key.name)) }
        var plan = ServingPlan(wakeAfter: wakeAfter)
        if let revision = missingRevision() { plan.actions.append(.createRevision(revision)) }
        plan.actions += podGroups()
        for replica in model.ordered.lazy.flatMap(\.replicas) where isGoing(replica) {
            plan.settled.formUnion(replica.pods.map(\.uid))
            plan.actions += replica.living.map { .deletePod(name: $0.name, uid: $0.uid) }
        }
        plan.actions += services()
        for pod in created {
            let template = PodTemplate(
                serving: model.serving, blueprint: pod.blueprint, role: pod.role,
                hasPodGroup: observation.podGroupSchema != nil)
            plan.actions.append(.createPod(template.pod(pod.identity, isSurge: pod.isSurge)))
        }
        plan.actions += staleRevisions()
        return plan
    }

    /// The ControllerRevision of what is about to be created, before the first pod of it, or of what stands already.
    private func missingRevision() -> KubernetesObject? {
        let update = model.update
        guard !model.book.stored.contains(where: { $0.revision == update.revision }) else { return nil }
        let isUsed =
            created.contains { $0.blueprint.revision == update.revision }
            || model.ordered.contains { group in
                group.replicas.contains { !$0.isOutdated && $0.revision != nil && !isGoing($0) }
            }
        guard isUsed else { return nil }
        let last = model.book.stored.map(\.number).max() ?? 0
        return StoredRevision.object(model.serving, update, number: last + 1)
    }

    /// Revisions that are neither the current one nor the update's nor any pod's: what stands can always be made anew.
    private func staleRevisions() -> [ServingAction] {
        var used = Set(observation.pods.compactMap(\.revision))
        used.formUnion([model.update.revision, model.status.currentRevision])
        return model.book.stored.filter { !used.contains($0.revision) && !$0.isBeingDeleted }
            .map { .deleteRevision(name: $0.name, uid: $0.uid) }
    }

    /// Headless Services: one for each role replica that stays or comes and whose role has workers.
    private func services() -> [ServingAction] {
        let serving = model.serving
        let names = Set(observation.services.map(\.name))
        var wanted: Set<String> = []
        var missing: [String: KubernetesObject] = [:]
        func want(_ id: RoleReplicaID, _ blueprint: Blueprint) {
            guard let role = blueprint.role(named: id.role), role.workerTemplate != nil else { return }
            let name = id.entryName(serving: serving.key.name)
            guard wanted.insert(name).inserted, !names.contains(name) else { return }
            missing[name] = PodTemplate(serving: serving, blueprint: blueprint, role: role).service(id)
        }
        for group in model.ordered {
            for replica in group.replicas where !isGoing(replica) {
                want(replica.id, model.blueprint(of: replica, in: group))
            }
        }
        for pod in created where pod.identity.isEntry || pod.role.workerTemplate != nil {
            want(pod.identity.replica, pod.blueprint)
        }
        let deleted = observation.services.filter { !$0.isBeingDeleted && !wanted.contains($0.name) }
        return deleted.sorted { $0.name < $1.name }.map { .deleteService(name: $0.name, uid: $0.uid) }
            + missing.sorted { $0.key < $1.key }.map { .createService($0.value) }
    }
}
