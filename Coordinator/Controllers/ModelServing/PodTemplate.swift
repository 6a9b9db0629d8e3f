import JSONValues
import KubernetesAPI
import ServingAPI

/// Makes the pods of a ModelServing.
struct PodTemplate {
    let serving: ModelServing
    let blueprint: Blueprint
    let role: Role
    /// Whether Volcano places the pod as a part of its group's PodGroup.
    var hasPodGroup = false

    /// The pod of a place: the template's pod with the names, labels and variables that tell it who it is.
    func pod(_ identity: PodIdentity, isSurge: Bool = false) -> KubernetesObject {
        let template = identity.isEntry ? role.entryTemplate : role.workerTemplate ?? role.entryTemplate
        var pod = KubernetesObject(
            .pod, namespace: serving.key.namespace, name: identity.podName(serving: serving.key.name))
        pod.labels = labels(identity, template)
        pod.annotations = annotations(template, isSurge: isSurge)
        pod.ownerReferences = [OwnerReference(controller: serving.object)]
        pod.spec = template["spec"] ?? .object(JSONObject())
        pod.spec["schedulerName"] = .string(serving.spec.schedulerName)
        if pod.spec["topologySpreadConstraints"] == nil, !serving.spec.topologySpreadConstraints.isEmpty {
            pod.spec["topologySpreadConstraints"] = .array(serving.spec.topologySpreadConstraints)
        }
        let variables = environment(identity)
        for list in ["initContainers", "containers"] {
            guard let containers = pod.spec[list]?.array else { continue }
            pod.spec[list] = .array(containers.map { PodTemplate.setting(variables, in: $0) })
        }
        serving.applyPlugins(to: &pod, at: identity, groupSize: role.podsPerReplica)
        if hasPodGroup {
            pod.annotations[Keys.Annotation.podGroup] = identity.replica.groupName(serving: serving.key.name)
            pod.annotations[Keys.Annotation.taskSpec] = identity.replica.roleID
        }
        return pod
    }

    /// Labels of the template win over ours.
    func labels(_ identity: PodIdentity, _ template: JSONValue) -> [String: String] {
        let replica = identity.replica
        var labels = [
            Keys.Label.name: serving.key.name, Keys.Label.groupName: replica.groupName(serving: serving.key.name),
            Keys.Label.role: replica.role, Keys.Label.roleID: replica.roleID,
            Keys.Label.revision: blueprint.revision,
        ]
        labels[Keys.Label.roleTemplateHash] = blueprint.hashes[role.name]
        if identity.isEntry { labels[Keys.Label.entry] = "true" }
        return labels.merging(template[path: "metadata", "labels"]?.stringMap ?? [:]) { _, theirs in theirs }
    }

    /// What a later plan must know of the pod is ours alone, so that no label of a template can hide it.
    private func annotations(_ template: JSONValue, isSurge: Bool) -> [String: String] {
        var annotations = template[path: "metadata", "annotations"]?.stringMap ?? [:]
        annotations[Keys.Annotation.revision] = blueprint.revision
        annotations[Keys.Annotation.roleTemplateHash] = blueprint.hashes[role.name]
        annotations[Keys.Annotation.surge] = isSurge ? "true" : nil
        return annotations
    }

    private func environment(_ identity: PodIdentity) -> [(name: String, value: String)] {
        let entry = identity.replica.entryName(serving: serving.key.name)
        return [
            (Keys.Environment.groupSize, "\(role.podsPerReplica)"),
            (Keys.Environment.entryAddress, "\(entry).\(serving.key.namespace)"),
            (Keys.Environment.workerIndex, "\(identity.index)"),
        ]
    }

    /// Ours go first: a variable may refer to those before it.
    private static func setting(_ variables: [(name: String, value: String)], in container: JSONValue) -> JSONValue {
        let names = Set(variables.map(\.name))
        let theirs = (container["env"]?.elements ?? []).filter { !names.contains($0["name"]?.string ?? "") }
        var container = container
        container["env"] = .array(variables.map { ["name": .string($0.name), "value": .string($0.value)] } + theirs)
        return container
    }
}
