import JSONValues
import ServingAPI

/// Short names of what a template says: equal templates have equal hashes, on every machine and in every run.
///
/// What may change without a rollout is left out: replicas, maxUnavailable and partition of a role.
enum RevisionHash {
    /// The revision of a list of roles.
    static func revision(of roles: [Role]) -> String { encode(.array(roles.map(content))) }

    /// The hash of one role.
    static func hash(of role: Role) -> String { encode(content(role)) }

    private static func content(_ role: Role) -> JSONValue {
        .members([
            "name": .string(role.name), "entryTemplate": role.entryTemplate,
            "workerReplicas": JSONValue(role.workerReplicas), "workerTemplate": role.workerTemplate,
        ])
    }

    /// FNV-1a over the canonical text, its decimal digits written in Kubernetes' alphabet of safe letters.
    private static func encode(_ value: JSONValue) -> String {
        var hash: UInt32 = 2_166_136_261
        for byte in value.bytes(.canonical) { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        let safe = Array("bcdfghjklmnpqrstvwxz2456789")
        return String(String(hash).utf8.map { safe[Int($0) % safe.count] })
    }
}
