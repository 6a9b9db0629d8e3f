package import JSONValues

/// What each ServingGroup of a ModelServing is made of.
package struct ServingGroupTemplate: Sendable, Hashable {
    /// Seconds a failed pod may take to come back before its role replica or group is rebuilt.
    package var restartGracePeriodSeconds: Int
    /// Nil where none is set: every replica of every role is then needed at once.
    package var gangPolicy: GangPolicy?
    /// Where the pods of the whole group may stand.
    package var groupPolicy: NetworkTopology?
    /// Where the pods of one role replica may stand.
    package var rolePolicy: NetworkTopology?
    package var roles: [Role]

    init(_ reader: FieldReader) throws(FieldProblem) {
        restartGracePeriodSeconds =
            try reader.member("restartGracePeriodSeconds")?.integer() ?? ServingDefaults.restartGracePeriodSeconds
        let gang = try reader.member("gangPolicy")
        if let gang { gangPolicy = try GangPolicy(gang) }
        let topology = try reader.member("networkTopology")
        if let policy = try topology?.member("groupPolicy") {
            groupPolicy = try NetworkTopology(policy)
        } else if let flat = topology, try flat.hasAny(of: ["mode", "highestTierAllowed"]) {
            groupPolicy = try NetworkTopology(ofEarlierGeneration: flat)
        } else if let nested = try gang?.member("networkTopology") {
            groupPolicy = try NetworkTopology(ofEarlierGeneration: nested)
        }
        if let policy = try topology?.member("rolePolicy") { rolePolicy = try NetworkTopology(policy) }
        roles = []
        for role in try reader.required("roles").elements() { roles.append(try Role(role)) }
    }

    package func role(named name: String) -> Role? { roles.first { $0.name == name } }

    /// Pods of one group when every role is whole; a number beyond all counting stands as the greatest there is.
    package var podCount: Int {
        roles.reduce(0) { sum, role in
            let (pods, overflow) = role.replicas.multipliedReportingOverflow(by: role.podsPerReplica)
            let (total, tooMany) = sum.addingReportingOverflow(pods)
            return overflow || tooMany ? Int.max : total
        }
    }
}

/// How much of a group has to be placed at once.
package struct GangPolicy: Sendable, Hashable {
    /// Role replicas that must fit before any pod is bound, by role; a role that is absent needs all of its replicas.
    package var minRoleReplicas: [String: Int]

    init(_ reader: FieldReader) throws(FieldProblem) {
        minRoleReplicas = [:]
        for (name, value) in try reader.member("minRoleReplicas")?.members() ?? [] {
            minRoleReplicas[name] = try value.count()
        }
    }
}

/// How close together, in the tree of the fabric, pods must or should stand.
package struct NetworkTopology: Sendable, Hashable {
    /// Whether the limit holds or is a wish.
    package enum Mode: String, Sendable, CaseIterable {
        /// Pending rather than further apart.
        case hard
        /// As close as can be.
        case soft
    }

    package var mode: Mode
    /// The highest tier whose subtree may hold all of the pods; nil for no limit by number.
    package var highestTierAllowed: Int?
    /// The same limit by the tier's name.
    package var highestTierName: String?

    init(_ reader: FieldReader) throws(FieldProblem) {
        mode = try reader.member("mode")?.oneOf(Mode.self) ?? ServingDefaults.topologyMode
        highestTierAllowed = try reader.member("highestTierAllowed")?.integer()
        highestTierName = try reader.member("highestTierName")?.string()
    }

    /// The first schema generation had a default for the tier.
    init(ofEarlierGeneration reader: FieldReader) throws(FieldProblem) {
        try self.init(reader)
        if highestTierName == nil { highestTierAllowed = highestTierAllowed ?? ServingDefaults.earlierHighestTier }
    }
}

/// One function within a group (prefill, decode, …): equal replicas of one entry pod and its workers.
package struct Role: Sendable, Hashable {
    package var name: String
    /// Role replicas in each group.
    package var replicas: Int
    /// `{metadata, spec}` of the entry pod.
    package var entryTemplate: JSONValue
    /// Workers beside each entry pod.
    package var workerReplicas: Int
    /// `{metadata, spec}` of the workers; nil where the role has none.
    package var workerTemplate: JSONValue?
    /// Role replicas that may be down during a rollout of roles.
    package var maxUnavailable: IntOrPercent
    /// Role replicas below this ordinal keep the old revision; nil to roll all.
    package var partition: IntOrPercent?

    init(_ reader: FieldReader) throws(FieldProblem) {
        name = try reader.required("name").string()
        replicas = try reader.member("replicas")?.count() ?? ServingDefaults.roleReplicas
        entryTemplate = try reader.required("entryTemplate").object()
        workerReplicas = try reader.member("workerReplicas")?.count() ?? ServingDefaults.workerReplicas
        workerTemplate = try reader.member("workerTemplate")?.object()
        maxUnavailable = try reader.member("maxUnavailable")?.intOrPercent() ?? ServingDefaults.maxUnavailable
        partition = try reader.member("partition")?.intOrPercent()
    }

    /// The entry pod and its workers.
    package var podsPerReplica: Int { 1 + workerReplicas }
}
