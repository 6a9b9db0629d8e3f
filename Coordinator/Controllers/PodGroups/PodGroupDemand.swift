import JSONValues
import KubernetesAPI
import ServingAPI

/// What a ServingGroup needs at once, from which its PodGroup is made.
struct PodGroupDemand: Sendable {
    /// A role of the group.
    struct Part: Sendable {
        var role: Role
        /// Role replicas without which nothing of the group is placed.
        var minimum: Int
        /// The ordinals of its role replicas, ascending.
        var ordinals: [Int]

        var podsPerReplica: Int { role.podsPerReplica }
    }

    var parts: [Part]

    /// Pods without which nothing of the group is placed.
    var minMember: Int { parts.reduce(0) { $0 + $1.minimum * $1.podsPerReplica } }

    /// What those pods ask of nodes together.
    var minResources: [String: Quantity] {
        var total: [String: Quantity] = [:]
        for part in parts where part.minimum > 0 {
            let workers = part.role.workerReplicas
            let pods = [(part.role.entryTemplate, 1), (part.role.workerTemplate ?? .null, workers)]
            for (template, count) in pods where count > 0 {
                for (name, quantity) in Pod.requests(ofSpec: template["spec"] ?? .null) {
                    total[name] = (total[name] ?? Quantity(milli: 0)) + quantity * (count * part.minimum)
                }
            }
        }
        return total
    }

    /// Pods of each role replica of the minimum by the name of its task: how Volcano before 1.14 is told of atomic
    /// parts.
    var minTaskMember: [String: Int] {
        var tasks: [String: Int] = [:]
        for part in parts {
            for ordinal in part.ordinals.prefix(part.minimum) {
                tasks["\(part.role.name)-\(ordinal)"] = part.podsPerReplica
            }
        }
        return tasks
    }
}
