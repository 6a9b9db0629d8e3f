import JSONValues
import KubernetesAPI
import ServingAPI

/// What was decided, as writes in their order: revision, PodGroups, deletions,
/// Services, pods.
extension ServingPlanner {
    mutating func assembled() -> ServingPlan {
        let inWait = groupsInWait
        created.removeAll { inWait.contains($0.identity.replica.groupName(serving: model.serving.key.name)) }
        if created.count > ServingPlanner.createsMax {
            created.removeLast(created.count - ServingPlanner.createsMax)
            wake(after: .zero)
        }
        var plan = ServingPlan(wakeAfter: wakeAfter)
        if let revision = missingRevision() { plan.actions.append(.createRevision(revision)) }
        plan.actions += podGroups()
        for group in model.ordered {
            for replica in group.ordered where isGoing(replica) {
                plan.settled.formUnion(replica.pods.values.map(\.uid))
                plan.actions += replica.living.map { .deletePod(name: $0.key.name, uid: $0.uid) }
            }
        }
        plan.actions += services()
        for pod in created {
            let template = PodTemplate(
                serving: model.serving, blueprint: pod.blueprint, role: pod.role,
                hasPodGroup: observation.podGroupSchema != nil)
            plan.actions.append(.createPod(template.pod(pod.identity)))
        }
        plan.actions += staleRevisions()
        return plan
    }

    /// The ControllerRevision of what is about to be created for the first time.
    private func missingRevision() -> KubernetesObject? {
        let update = model.update.revision
        let known = observation.revisions.contains { $0.labels[Keys.Label.revision] == update }
        guard !known, created.contains(where: { $0.blueprint.revision == update }) else { return nil }
        let last = observation.revisions.compactMap { $0.json["revision"]?.integer }.max() ?? 0
        return Blueprint.controllerRevision(of: model.serving, revision: update, number: last + 1)
    }

    /// Revisions that are neither current nor the update's nor any pod's.
    private func staleRevisions() -> [ServingAction] {
        var used = Set(observation.pods.values.compactMap { $0.object.labels[Keys.Label.revision] })
        used.insert(model.update.revision)
        used.insert(model.serving.status.currentRevision)
        return observation.revisions.filter {
            !used.contains($0.labels[Keys.Label.revision] ?? "") && !$0.isBeingDeleted
        }
        .sorted { $0.name < $1.name }.map { .deleteRevision(name: $0.name, uid: $0.uid) }
    }

    /// Headless Services: one for each role replica that stays or comes and whose role has workers.
    private func services() -> [ServingAction] {
        let serving = model.serving
        var wanted: [String: KubernetesObject] = [:]
        func want(_ id: RoleReplicaID, _ blueprint: Blueprint) {
            guard let role = blueprint.role(named: id.role), role.workerTemplate != nil else { return }
            let name = id.entryName(serving: serving.key.name)
            guard wanted[name] == nil else { return }
            wanted[name] = PodTemplate(serving: serving, blueprint: blueprint, role: role).service(id)
        }
        for group in model.groups.values {
            for replica in group.replicas.values where !isGoing(replica) {
                want(replica.id, model.blueprint(replica.revision))
            }
        }
        for pod in created { want(pod.identity.replica, pod.blueprint) }
        let existing = observation.services.filter { !$0.isBeingDeleted }
        let names = Set(observation.services.map(\.name))
        let deleted = existing.filter { wanted[$0.name] == nil }.sorted { $0.name < $1.name }
        let missing = wanted.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }
        return deleted.map { .deleteService(name: $0.name, uid: $0.uid) } + missing.map { .createService($0.value) }
    }
}
