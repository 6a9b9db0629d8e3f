package import KubernetesAPI
package import ServingAPI

/// The status of a ModelServing: a pure function of what is observed, the status before and the time.
package enum ServingStatusMaker {
    /// The status for what is observed after a plan was applied in full: it never shows the generation of a spec whose
    /// consequences have not begun.
    package static func status(_ observation: ServingObservation, now: Timestamp) -> ModelServingStatus {
        status(ServingModel(observation), now: now)
    }

    static func status(_ model: ServingModel, now: Timestamp) -> ModelServingStatus {
        let living = model.ordered.filter { !$0.isDeleting }
        let running = living.filter(\.isRunning)
        var status = model.status
        status.observedGeneration = model.serving.object.generation
        status.replicas = model.ordered.count
        status.availableReplicas = running.count
        status.updatedReplicas = living.filter { !$0.isOutdated }.count
        status.currentReplicas = living.count - status.updatedReplicas
        status.updateRevision = model.update.revision
        status.currentRevision = currentRevision(model)
        let isEmpty = model.ordered.isEmpty && model.update.roles.allSatisfy { $0.replicas <= 0 }
        if isEmpty { status.countEmptyGroups(model.replicas) }
        let isWhole = [status.updatedReplicas, status.availableReplicas, status.replicas].allSatisfy {
            $0 == model.replicas
        }
        if isWhole, !model.hasPartition { status.currentReplicas = status.updatedReplicas }
        status.labelSelector = labelSelector(model)
        status.roles = roles(model)
        let progress = progress(model, available: status.availableReplicas, isEmpty: isEmpty)
        let conditions = ServingConditions(generation: status.observedGeneration, now: now)
        for condition in conditions.of(progress) { status.conditions.set(condition) }
        conditions.note(model.serving.legacyNotes, in: &status.conditions)
        return status
    }

    private static func progress(
        _ model: ServingModel, available: Int, isEmpty: Bool
    ) -> ServingConditions.Progress {
        let living = model.ordered.filter { !$0.isDeleting }
        let missing = isEmpty ? [] : model.ordinals.missing(limit: ServingConditions.ordinalsMax + 1)
        let waiting = model.ordered.filter { !$0.isRunning }
        return ServingConditions.Progress(
            wanted: model.replicas, available: available, progressing: (waiting.map(\.index) + missing).sorted(),
            updated: living.filter { !$0.isOutdated }.map(\.index),
            isUpdating: living.contains { model.rollsGroups ? $0.isToBeReplaced : $0.hasRolesToReplace },
            obstacle: PodObstacle.first(in: waiting))
    }

    /// How many replicas each role has in all groups: the roles of the spec, then those that only outdated groups have.
    private static func roles(_ model: ServingModel) -> [ModelServingStatus.RoleCount] {
        var counts: [String: ModelServingStatus.RoleCount] = [:]
        for replica in model.ordered.lazy.flatMap(\.replicas) where !replica.isDeleting {
            var count = counts[replica.id.role] ?? ModelServingStatus.RoleCount(name: replica.id.role)
            count.replicas += 1
            count.readyReplicas += replica.isRunning ? 1 : 0
            count.updatedReplicas += replica.isOutdated ? 0 : 1
            counts[replica.id.role] = count
        }
        let named = model.update.roles.map { counts[$0.name] ?? ModelServingStatus.RoleCount(name: $0.name) }
        let others = counts.values.filter { model.update.role(named: $0.name) == nil }
        return named + others.sorted { $0.name < $1.name }
    }

    /// The status of an object whose spec cannot be read or breaks a rule: what is known of it stays.
    package static func stalled(
        _ before: ModelServingStatus, generation: Int, message: String, now: Timestamp
    ) -> ModelServingStatus {
        var status = before
        status.observedGeneration = generation
        for condition in ServingConditions(generation: generation, now: now).stalled(message) {
            status.conditions.set(condition)
        }
        return status
    }

    /// The status while a plan cannot be applied; `observedGeneration` stays behind.
    package static func failing(_ before: ModelServingStatus, message: String, now: Timestamp) -> ModelServingStatus {
        var status = before
        for condition in ServingConditions(generation: before.observedGeneration, now: now).failing(message) {
            status.conditions.set(condition)
        }
        return status
    }

    /// Stays while anything is at it, on its way out or not, and while a place that a partition protects is empty, for
    /// that is to be made of it again; then the commonest outdated revision; at last the update's.
    private static func currentRevision(_ model: ServingModel) -> String {
        let before = model.status.currentRevision
        var counts: [String: Int] = [:]
        for group in model.ordered {
            if let revision = group.outdatedRevision { counts[revision, default: 0] += 1 }
            let parts = group.replicas.lazy.filter { $0.isOutdated && $0.revision == before }
            if !before.isEmpty, group.outdatedRevision == before || !parts.isEmpty { return before }
        }
        if !before.isEmpty, model.book.blueprint(before) != nil, model.lacksProtected { return before }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? model.update.revision
    }

    /// Exactly one pod of each group: the entry of the first role's first replica.
    private static func labelSelector(_ model: ServingModel) -> String {
        guard let role = model.update.roles.first else { return "" }
        return LabelSelector(matching: [
            Keys.Label.entry: "true", Keys.Label.name: model.serving.key.name, Keys.Label.role: role.name,
            Keys.Label.roleID: "\(role.name)-0",
        ]).text
    }
}

extension ModelServingStatus {
    /// Groups without any pod are there as soon as they are asked for.
    fileprivate mutating func countEmptyGroups(_ count: Int) {
        replicas = count
        updatedReplicas = count
        availableReplicas = count
    }
}
