import JSONValues
import ServingAPI

/// Short names of what a template says: equal templates have equal hashes, on every machine and in every run.
///
/// What may change without a rollout is left out: replicas, maxUnavailable and partition of a role. So is what says
/// nothing: nulls, and the empty `resources` and `metadata` that other writers of the same template spell out.
enum RevisionHash {
    private static let silentWhenEmpty: Set<String> = ["resources", "metadata"]

    /// What a role's pods are made of.
    static func content(_ role: Role) -> JSONValue {
        meaning(
            .members([
                "name": .string(role.name), "entryTemplate": role.entryTemplate,
                "workerReplicas": JSONValue(role.workerReplicas), "workerTemplate": role.workerTemplate,
            ]))
    }

    /// Where pods may stand and how many at once.
    static func placement(_ template: ServingGroupTemplate) -> JSONValue {
        var minimum = JSONObject()
        for (role, count) in template.gangPolicy?.minRoleReplicas ?? [:] { minimum[role] = JSONValue(count) }
        return meaning(
            .members([
                "minRoleReplicas": template.gangPolicy == nil ? nil : .object(minimum),
                "groupPolicy": template.groupPolicy.map(policy),
                "rolePolicy": template.rolePolicy.map(policy),
            ]))
    }

    /// FNV-1a over the canonical text, its decimal digits written in Kubernetes' alphabet of safe letters. Where two
    /// contents have one hash the later takes the next `attempt`.
    static func encode(_ value: JSONValue, attempt: Int = 0) -> String {
        var hash: UInt32 = 2_166_136_261
        for byte in value.bytes(.canonical) { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        if attempt > 0 { for byte in "\(attempt)".utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 } }
        let safe = Array("bcdfghjklmnpqrstvwxz2456789")
        return String(String(hash).utf8.map { safe[Int($0) % safe.count] })
    }

    private static func policy(_ topology: NetworkTopology) -> JSONValue {
        .members([
            "mode": .string(topology.mode.rawValue),
            "highestTierAllowed": topology.highestTierAllowed.map { JSONValue($0) },
            "highestTierName": topology.highestTierName.map { .string($0) },
        ])
    }

    /// The value without members that say nothing.
    private static func meaning(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map(meaning))
        case .object(let members):
            var kept = JSONObject()
            for (name, member) in members where !member.isNull {
                let member = meaning(member)
                if silentWhenEmpty.contains(name), member.object?.isEmpty == true { continue }
                kept[name] = member
            }
            return .object(kept)
        case .null, .bool, .integer, .double, .string: return value
        }
    }
}
