package import JSONValues
package import KubernetesAPI

/// What is observed of a ModelServing.
package struct ModelServingStatus: Sendable, Hashable {
    /// The generation of the spec this status reflects; 0 before the first.
    package var observedGeneration = 0
    /// ServingGroups that exist, those being deleted included.
    package var replicas = 0
    /// Groups still at the old revision.
    package var currentReplicas = 0
    /// Groups at the new revision.
    package var updatedReplicas = 0
    /// Groups whose roles are all running.
    package var availableReplicas = 0
    package var currentRevision = ""
    package var updateRevision = ""
    package var conditions: [Condition] = []
    /// Selects one pod of each group, so that an autoscaler's count of pods equals `spec.replicas`.
    package var labelSelector = ""
    /// The replicas of each role, over all groups.
    package var roles: [RoleCount] = []

    /// How many replicas of one role there are, over all groups.
    package struct RoleCount: Sendable, Hashable {
        package var name: String
        /// Role replicas that exist and are not being deleted.
        package var replicas = 0
        /// Those of them whose pods are all ready.
        package var readyReplicas = 0
        /// Those of them made from the role's template of now.
        package var updatedReplicas = 0

        package init(name: String) { self.name = name }

        init?(_ json: JSONValue) {
            guard let name = json["name"]?.string else { return nil }
            self.name = name
            replicas = json["replicas"]?.integer ?? 0
            readyReplicas = json["readyReplicas"]?.integer ?? 0
            updatedReplicas = json["updatedReplicas"]?.integer ?? 0
        }

        var json: JSONValue {
            [
                "name": .string(name), "replicas": JSONValue(replicas), "readyReplicas": JSONValue(readyReplicas),
                "updatedReplicas": JSONValue(updatedReplicas),
            ]
        }
    }

    package init() {}

    /// Reads a status as far as it can be read; what cannot counts as absent.
    package init(_ json: JSONValue) {
        observedGeneration = json["observedGeneration"]?.integer ?? 0
        replicas = json["replicas"]?.integer ?? 0
        currentReplicas = json["currentReplicas"]?.integer ?? 0
        updatedReplicas = json["updatedReplicas"]?.integer ?? 0
        availableReplicas = json["availableReplicas"]?.integer ?? 0
        currentRevision = json["currentRevision"]?.string ?? ""
        updateRevision = json["updateRevision"]?.string ?? ""
        conditions = json["conditions"]?.elements.compactMap { Condition($0) } ?? []
        labelSelector = json["labelSelector"]?.string ?? ""
        roles = json["roles"]?.elements.compactMap { RoleCount($0) } ?? []
    }

    /// The whole status; counts are written even when 0, empty texts and lists are left out.
    package var json: JSONValue {
        .members([
            "observedGeneration": JSONValue(observedGeneration), "replicas": JSONValue(replicas),
            "currentReplicas": JSONValue(currentReplicas), "updatedReplicas": JSONValue(updatedReplicas),
            "availableReplicas": JSONValue(availableReplicas),
            "currentRevision": currentRevision.isEmpty ? nil : .string(currentRevision),
            "updateRevision": updateRevision.isEmpty ? nil : .string(updateRevision),
            "conditions": conditions.isEmpty ? nil : .array(conditions.map(\.json)),
            "labelSelector": labelSelector.isEmpty ? nil : .string(labelSelector),
            "roles": roles.isEmpty ? nil : .array(roles.map(\.json)),
        ])
    }
}
