package import JSONValues
package import KubernetesAPI

/// A view of a ModelServing: N equal ServingGroups, each made of roles, each role of replicas of one entry pod and its
/// workers. Fields of earlier schema generations are read as what they mean today (see `legacyNotes`).
package struct ModelServing: Sendable, Hashable {
    package let object: KubernetesObject
    package var spec: Spec

    /// Reads an object; throws the first fault that keeps it from being read, naming its field.
    package init(_ object: KubernetesObject) throws(FieldProblem) {
        self.object = object
        spec = try Spec(FieldReader(json: object.json, path: "").required("spec"))
    }

    /// The same spec, already read, of another version of its object.
    package func with(_ object: KubernetesObject) -> ModelServing { ModelServing(object: object, spec: spec) }

    private init(object: KubernetesObject, spec: Spec) {
        self.object = object
        self.spec = spec
    }

    package var key: ObjectKey { object.key }
    package var uid: String { object.uid }
    package var status: ModelServingStatus { ModelServingStatus(object.status) }

    /// What is wanted of a ModelServing.
    package struct Spec: Sendable, Hashable {
        /// ServingGroups wanted, 0 or more.
        package var replicas: Int
        /// Copied into every pod.
        package var schedulerName: String
        package var template: ServingGroupTemplate
        package var rolloutStrategy: RolloutStrategy
        package var recoveryPolicy: RecoveryPolicy
        /// The plugin entries as they were written.
        package var plugins: [JSONValue]
        /// Spread constraints of the first schema generation, for every pod.
        package var topologySpreadConstraints: [JSONValue]

        init(_ reader: FieldReader) throws(FieldProblem) {
            replicas = try reader.member("replicas")?.count() ?? ServingDefaults.replicas
            schedulerName = try reader.member("schedulerName")?.string() ?? ServingDefaults.schedulerName
            template = try ServingGroupTemplate(reader.required("template"))
            rolloutStrategy = try RolloutStrategy(reader.member("rolloutStrategy"))
            recoveryPolicy =
                try reader.member("recoveryPolicy")?.oneOf(RecoveryPolicy.self) ?? ServingDefaults.recoveryPolicy
            plugins = try reader.member("plugins")?.elements().map(\.json) ?? []
            topologySpreadConstraints =
                try reader.member("topologySpreadConstraints")?.elements().map(\.json) ?? []
        }
    }

    /// One sentence for each field of an earlier schema generation that this object uses: what it is read as.
    package var legacyNotes: [String] { LegacyFields.notes(.modelServing, object.json) }
}

/// What is rebuilt when a pod fails.
package enum RecoveryPolicy: String, Sendable, CaseIterable {
    /// The whole ServingGroup.
    case servingGroupRecreate = "ServingGroupRecreate"
    /// The role replica the pod belongs to.
    case roleRecreate = "RoleRecreate"
    /// Nothing: the pod's own restartPolicy is all there is.
    case none = "None"
}
