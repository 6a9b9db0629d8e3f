import KubernetesAPI
import ServingAPI

/// The conditions of a ModelServing: Kthena's three and those that `kubectl wait` and kstatus look at, each written
/// anew with its status, reason and message of now.
struct ServingConditions {
    /// Ordinals that a message lists at most.
    static let ordinalsMax = 32

    let generation: Int
    let now: Timestamp

    /// How far the groups are.
    struct Progress {
        var wanted: Int
        var available: Int
        /// Ordinals of groups that are not running, the missing ones included.
        var progressing: [Int]
        /// Ordinals of groups at the update's revision.
        var updated: [Int]
        /// More groups are outdated than the partition protects.
        var isUpdating: Bool
        /// Why the first pod that waits does so.
        var obstacle: PodObstacle?

        var isDone: Bool { progressing.isEmpty && !isUpdating }
    }

    func of(_ progress: Progress) -> [Condition] {
        let (reason, message) = explanation(progress)
        let waits = !progress.isDone
        let updates = progress.isUpdating
        let ready = waits ? "\(progress.available) of \(progress.wanted) groups are ready" : message
        let why = progress.obstacle.map { "\(ready); \($0.message)" } ?? ready
        return [
            condition(ConditionType.available, progress.progressing.isEmpty, reason, message),
            condition(ConditionType.progressing, waits && !updates, reason, message),
            condition(ConditionType.updateInProgress, updates, reason, message),
            condition(ConditionType.ready, !waits, waits ? progress.obstacle?.reason ?? reason : reason, why),
            condition(ConditionType.reconciling, waits, reason, message),
            condition(ConditionType.stalled, false, ConditionReason.upToDate, "The spec can be carried out"),
        ]
    }

    /// The spec cannot be carried out.
    func stalled(_ message: String) -> [Condition] {
        [
            condition(ConditionType.ready, false, ConditionReason.invalidSpec, message),
            condition(ConditionType.reconciling, false, ConditionReason.invalidSpec, message),
            condition(ConditionType.stalled, true, ConditionReason.invalidSpec, message),
        ]
    }

    /// A write failed; it is tried again.
    func failing(_ message: String) -> [Condition] {
        [
            condition(ConditionType.ready, false, "WriteFailed", message),
            condition(ConditionType.reconciling, true, "WriteFailed", message),
        ]
    }

    private func explanation(_ progress: Progress) -> (reason: String, message: String) {
        if progress.isDone { return (ConditionReason.allGroupsReady, "All Serving groups are ready") }
        let progressing = "Some groups are progressing: \(list(progress.progressing))"
        guard progress.isUpdating else { return (ConditionReason.groupProgressing, progressing) }
        return (ConditionReason.groupsUpdating, "\(progressing), Updated Groups are: \(list(progress.updated))")
    }

    /// Says which fields of earlier schema generations were used and what they are read as; gone where none is.
    func note(_ legacy: [String], in conditions: inout [Condition]) {
        if legacy.isEmpty {
            conditions.removeAll { $0.type == ConditionType.legacyFields }
        } else {
            let message = legacy.joined(separator: "; ")
            conditions.set(condition(ConditionType.legacyFields, true, ConditionReason.translated, message))
        }
    }

    /// Ordinals as `[0 1 2]`, cut after `ordinalsMax`.
    private func list(_ ordinals: [Int]) -> String {
        let shown = ordinals.prefix(ServingConditions.ordinalsMax).map(String.init).joined(separator: " ")
        return ordinals.count > ServingConditions.ordinalsMax ? "[\(shown) …]" : "[\(shown)]"
    }

    private func condition(_ type: String, _ holds: Bool, _ reason: String, _ message: String) -> Condition {
        Condition(type, holds, reason: reason, message: message, at: now, observedGeneration: generation)
    }
}
