package import KubernetesAPI
package import ServingAPI

/// The status of a ModelServing: a pure function of what is observed, the status before and the time.
package enum ServingStatusMaker {
    /// The status for what is observed after a plan was applied in full: it never shows the generation of a spec whose
    /// consequences have not begun.
    package static func status(_ observation: ServingObservation, now: Timestamp) -> ModelServingStatus {
        let model = ServingModel(observation)
        let living = model.ordered.filter { !$0.isDeleting }
        let updated = living.filter { !model.isOutdated($0) }
        let outdated = living.filter { model.isOutdated($0) }
        let running = living.filter { model.isRunning($0) }
        let before = model.serving.status

        var status = before
        status.observedGeneration = model.serving.object.generation
        status.replicas = model.groups.count
        status.availableReplicas = running.count
        status.updatedReplicas = updated.count
        status.currentReplicas = outdated.count
        status.updateRevision = model.update.revision
        status.currentRevision = currentRevision(model, living: living, outdated: outdated, before: before)
        let isEmpty = model.update.roles.allSatisfy { $0.replicas <= 0 }
        if isEmpty, model.groups.isEmpty { status.countEmptyGroups(model.replicas) }
        let isWhole = [status.updatedReplicas, status.availableReplicas, status.replicas].allSatisfy {
            $0 == model.replicas
        }
        if isWhole, model.serving.spec.rolloutStrategy.partition == nil {
            status.currentReplicas = status.updatedReplicas
        }
        status.labelSelector = labelSelector(model)

        let existing = isEmpty ? Set(0..<model.replicas) : Set(model.groups.keys)
        let progressing = existing.subtracting(isEmpty ? existing : Set(running.map(\.index)))
            .union(VictimOrder.missing(existing, wanted: model.replicas))
        let progress = ServingConditions.Progress(
            wanted: model.replicas, available: status.availableReplicas, progressing: progressing.sorted(),
            updated: updated.map(\.index), isUpdating: outdated.count > model.partition,
            obstacle: PodObstacle.first(among: Array(observation.pods.values)))
        let conditions = ServingConditions(generation: status.observedGeneration, now: now)
        for condition in conditions.of(progress) { status.conditions.set(condition) }
        return status
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

    /// Stays while a group is at it or one that the partition keeps there is being rebuilt; then it is the update's.
    private static func currentRevision(
        _ model: ServingModel, living: [ServingGroup], outdated: [ServingGroup], before: ModelServingStatus
    ) -> String {
        let revisions = outdated.map(\.revision)
        if revisions.contains(before.currentRevision) { return before.currentRevision }
        if revisions.isEmpty {
            let isRebuilding = living.count < model.replicas && !before.currentRevision.isEmpty
            return isRebuilding ? before.currentRevision : model.update.revision
        }
        let counts = Dictionary(revisions.map { ($0, 1) }, uniquingKeysWith: +)
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
