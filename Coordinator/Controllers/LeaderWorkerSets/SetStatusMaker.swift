import JSONValues
import KubernetesAPI
import ServingAPI

/// The status of a LeaderWorkerSet: what its ModelServing has reached, in the set's own fields.
struct SetStatusMaker {
    let source: LeaderWorkerSet
    let now: Timestamp

    /// Nothing stands in the way; `serving` carries the set's spec of now.
    func following(_ serving: KubernetesObject) -> JSONValue {
        let status = ModelServingStatus(serving.status)
        let isCurrent = status.observedGeneration == serving.generation
        var conditions = before
        for var condition in status.conditions where !condition.reason.isEmpty {
            condition.observedGeneration =
                isCurrent
                ? source.object.generation : before.first { $0.type == condition.type }?.observedGeneration
            conditions.set(condition)
        }
        return .members([
            "replicas": JSONValue(status.replicas), "readyReplicas": JSONValue(status.availableReplicas),
            "updatedReplicas": JSONValue(status.updatedReplicas), "hpaPodSelector": .string(leaders),
            "observedGeneration": isCurrent
                ? JSONValue(source.object.generation) : source.object.status["observedGeneration"],
            "conditions": .array(conditions.map(\.json)),
        ])
    }

    /// The set cannot be carried out until somebody changes something; what was reached stays.
    func stalled(_ reason: String, _ message: String) -> JSONValue {
        var conditions = before
        for (type, holds) in [
            (ConditionType.ready, false), (ConditionType.reconciling, false), (ConditionType.stalled, true),
        ] {
            conditions.set(
                Condition(
                    type, holds, reason: reason, message: message, at: now,
                    observedGeneration: source.object.generation))
        }
        return [
            "observedGeneration": JSONValue(source.object.generation), "conditions": .array(conditions.map(\.json)),
        ]
    }

    /// Whether the set's status already says this. `observedGeneration` alone is no news: the conditions carry it, and
    /// some releases of the set's definition have no such field.
    func isKnown(_ status: JSONValue) -> Bool {
        for (name, value) in status.object ?? JSONObject() where name != "observedGeneration" {
            if name == "conditions" {
                guard value.elements.compactMap({ Condition($0) }) == before else { return false }
            } else if source.object.status[name] ?? absent(value) != value {
                return false
            }
        }
        return true
    }

    /// What a field that is left out stands for.
    private func absent(_ value: JSONValue) -> JSONValue { value.integer == nil ? .string("") : 0 }

    private var before: [Condition] {
        source.object.status["conditions"]?.elements.compactMap { Condition($0) } ?? []
    }

    /// Selects the leader of each group, so that an autoscaler counts groups.
    private var leaders: String {
        LabelSelector(matching: [
            Keys.LeaderWorkerSet.name: source.key.name, Keys.LeaderWorkerSet.workerIndex: "0",
        ]).text
    }
}
