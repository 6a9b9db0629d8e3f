import JSONValues
import KubernetesAPI
import ServingAPI
import TestKit

/// What the user of a random history asks for: a small ModelServing, and its random edits.
struct Wish {
    struct Role {
        var name: String
        var replicas: Int
        var workers: Int
        var version = 0
        var maxUnavailable: Int?
        var partition: Int?
    }

    static let groupsMax = 3
    static let roleReplicasMax = 2
    static let workersMax = 1
    static let versions = 4
    static let names = ["a", "b-0", "c"]

    var replicas: Int
    var roles: [Role]
    var rollsRoles = false
    var maxUnavailable: JSONValue?
    var partition: JSONValue?
    var maxSurge: Int?
    var policy: RecoveryPolicy
    var grace: Int

    init(_ random: inout SeededRandom) {
        replicas = random.below(Wish.groupsMax + 1)
        roles = (0..<(1 + random.below(2))).map { Wish.role(Wish.names[$0], &random) }
        policy = RecoveryPolicy.allCases[random.below(3)]
        grace = random.chance(50) ? 0 : random.below(20)
        if random.chance(40) { editStrategy(&random) }
    }

    private static func role(_ name: String, _ random: inout SeededRandom) -> Role {
        Role(name: name, replicas: 1 + random.below(roleReplicasMax), workers: random.below(workersMax + 1))
    }

    func role(_ name: String) -> Role? { roles.first { $0.name == name } }

    /// What group rollouts may take down, and what they protect; as the rules of rounding say.
    var groupLimit: Int { max(0, Wish.count(maxUnavailable ?? 1, of: replicas, up: false)) }
    var groupPartition: Int { rollsRoles ? 0 : partition.map { Wish.count($0, of: replicas, up: true) } ?? 0 }
    var surge: Int { rollsRoles ? 0 : maxSurge ?? 0 }

    private static func count(_ value: JSONValue, of total: Int, up: Bool) -> Int {
        if let count = value.integer { return count }
        let share = Int(value.string?.dropLast() ?? "") ?? 0
        return up ? (total * share + 99) / 100 : max(1, total * share / 100)
    }

    mutating func edit(_ random: inout SeededRandom) {
        switch random.below(12) {
        case 0, 1: replicas = random.below(Wish.groupsMax + 1)
        case 2, 3: roles[random.below(roles.count)].replicas = random.below(Wish.roleReplicasMax + 1)
        case 4, 5, 6:
            let version = random.below(Wish.versions)
            if random.chance(50) {
                for index in roles.indices { roles[index].version = version }
            } else {
                roles[random.below(roles.count)].version = version
            }
        case 7: roles[random.below(roles.count)].workers = random.below(Wish.workersMax + 1)
        case 8: addOrRemoveRole(&random)
        case 9:
            policy = RecoveryPolicy.allCases[random.below(3)]
            grace = random.below(20)
        default: editStrategy(&random)
        }
        if rollsRoles, policy == .servingGroupRecreate { policy = .roleRecreate }
    }

    private mutating func addOrRemoveRole(_ random: inout SeededRandom) {
        if roles.count > 1, random.chance(50) {
            roles.remove(at: random.below(roles.count))
        } else if let name = Wish.names.first(where: { role($0) == nil }) {
            roles.append(Wish.role(name, &random))
        }
    }

    private mutating func editStrategy(_ random: inout SeededRandom) {
        if random.chance(30) { rollsRoles.toggle() }
        if rollsRoles {
            if policy == .servingGroupRecreate { policy = .roleRecreate }
            let index = random.below(roles.count)
            roles[index].partition = random.chance(50) ? nil : random.below(3)
            roles[index].maxUnavailable = random.chance(50) ? nil : 1 + random.below(2)
        } else {
            maxUnavailable = [nil, 1, 2, "50%", "100%"][random.below(5)]
            partition = [nil, nil, 0, 1, 2, "50%"][random.below(6)]
            maxSurge = [nil, nil, 1, 2][random.below(4)]
        }
    }

    var spec: JSONValue {
        var strategy: JSONValue = ["type": "RoleRollingUpdate"]
        if !rollsRoles {
            strategy = [
                "type": "ServingGroupRollingUpdate",
                "rollingUpdateConfiguration": .members([
                    "maxUnavailable": maxUnavailable, "partition": partition,
                    "maxSurge": maxSurge.map { JSONValue($0) },
                ]),
            ]
        }
        let roles = roles.map { role -> JSONValue in
            let template: JSONValue = [
                "spec": ["containers": [["name": "e", "image": .string("v\(role.version)")]]]
            ]
            return .members([
                "name": .string(role.name), "replicas": JSONValue(role.replicas),
                "workerReplicas": JSONValue(role.workers), "entryTemplate": template,
                "workerTemplate": role.workers > 0 ? template : nil,
                // More than there are is refused, and none is no limit.
                "maxUnavailable": rollsRoles ? JSONValue(max(1, min(role.maxUnavailable ?? 1, role.replicas))) : nil,
                "partition": rollsRoles ? role.partition.map { JSONValue($0) } : nil,
            ])
        }
        return [
            "replicas": JSONValue(replicas), "recoveryPolicy": .string(policy.rawValue),
            "rolloutStrategy": strategy,
            "template": ["restartGracePeriodSeconds": JSONValue(grace), "roles": .array(roles)],
        ]
    }
}
