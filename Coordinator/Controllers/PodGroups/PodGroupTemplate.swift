import JSONValues
import KubernetesAPI
import ServingAPI

/// Makes the PodGroup of a ServingGroup: a pure function of the spec, the group's demand and what the cluster's
/// PodGroups can say.
struct PodGroupTemplate {
    let serving: ModelServing
    let schema: PodGroupSchema

    /// The PodGroup of the ServingGroup `name`; `spec` is what `spec` made of its demand.
    func podGroup(named name: String, _ spec: JSONValue) -> KubernetesObject {
        var group = KubernetesObject(.podGroup, namespace: serving.key.namespace, name: name)
        group.labels = [Keys.Label.name: serving.key.name, Keys.Label.groupName: name]
        group.annotations = [Keys.Annotation.podGroup: name]
        // The deletion of a ModelServing need not wait for its PodGroups.
        group.ownerReferences = [OwnerReference(controller: serving.object, blocksOwnerDeletion: false)]
        group.spec = spec
        return group
    }

    /// What PodGroups of this demand say, as the API server would keep it.
    func spec(_ demand: PodGroupDemand) -> JSONValue {
        let queue = serving.object.annotations[Keys.Annotation.queueName]
        let spec = JSONValue.members([
            "minMember": JSONValue(demand.minMember),
            "minResources": .strings(demand.minResources.mapValues(\.description)),
            "queue": queue.flatMap { $0.isEmpty ? nil : .string($0) },
            "networkTopology": serving.spec.template.groupPolicy.map(topology),
            "subGroupPolicy": schema.hasSubGroups ? .array(demand.parts.map(subGroups)) : nil,
            "minTaskMember": schema.hasSubGroups ? nil : .object(tasks(demand)),
        ])
        return schema.fitted(spec)
    }

    private func tasks(_ demand: PodGroupDemand) -> JSONObject {
        var tasks = JSONObject()
        for (name, pods) in demand.minTaskMember.sorted(by: { $0.key < $1.key }) { tasks[name] = JSONValue(pods) }
        return tasks
    }

    /// One subgroup for each replica of a role, told apart by the labels its pods really carry.
    private func subGroups(_ part: PodGroupDemand.Part) -> JSONValue {
        let overridden = part.role.entryTemplate[path: "metadata", "labels"]?.stringMap ?? [:]
        return .members([
            "name": .string(part.role.name),
            "labelSelector": [
                "matchLabels": .strings([
                    Keys.Label.name: overridden[Keys.Label.name] ?? serving.key.name,
                    Keys.Label.role: overridden[Keys.Label.role] ?? part.role.name,
                ])
            ],
            "matchLabelKeys": [.string(Keys.Label.roleID)],
            "subGroupSize": JSONValue(part.podsPerReplica), "minSubGroups": JSONValue(part.minimum),
            "networkTopology": serving.spec.template.rolePolicy.map(topology),
        ])
    }

    private func topology(_ policy: NetworkTopology) -> JSONValue {
        .members([
            "mode": .string(policy.mode.rawValue),
            "highestTierAllowed": policy.highestTierAllowed.map { JSONValue($0) },
            "highestTierName": policy.highestTierName.map { .string($0) },
        ])
    }
}
