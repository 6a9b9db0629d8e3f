import JSONValues
import KubernetesAPI
import ServingAPI

/// `lws-standard-labels`: the labels, annotations and variables by which pods of a LeaderWorkerSet know themselves and
/// each other, so that templates written for it run unchanged.
struct LeaderWorkerSetLabelsPlugin: PodPlugin {
    func change(_ pod: inout KubernetesObject, at place: PodPlace) {
        let identity = place.identity
        let group = identity.replica.groupName(serving: place.serving.name)
        let leader = identity.replica.entryName(serving: place.serving.name)
        pod.labels.merge([
            Keys.LeaderWorkerSet.name: place.serving.name,
            Keys.LeaderWorkerSet.groupIndex: "\(identity.replica.group)",
            Keys.LeaderWorkerSet.workerIndex: "\(identity.index)",
            Keys.LeaderWorkerSet.groupKey: SHA1.hexadecimal(group),
        ]) { _, ours in ours }
        pod.annotations[Keys.LeaderWorkerSet.size] = "\(place.groupSize)"
        if !identity.isEntry { pod.annotations[Keys.LeaderWorkerSet.leaderName] = leader }
        let variables = [
            (Keys.LeaderWorkerSet.leaderAddress, "\(leader).\(place.serving.namespace)"),
            (Keys.LeaderWorkerSet.groupSizeVariable, "\(place.groupSize)"),
            (Keys.LeaderWorkerSet.workerIndexVariable, "\(identity.index)"),
        ]
        let names = Set(variables.map(\.0))
        pod.changeContainers { container in
            let theirs = (container["env"]?.elements ?? []).filter { !names.contains($0["name"]?.string ?? "") }
            // Ours go first: a variable may refer to those before it.
            container["env"] = .array(variables.map { ["name": .string($0.0), "value": .string($0.1)] } + theirs)
        }
    }
}
