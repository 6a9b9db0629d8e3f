import JSONValues
import KubernetesAPI
import ServingAPI

/// A LeaderWorkerSet as a ModelServing: one role, `default`, whose one replica is the group.
struct SetTranslation: Sendable {
    static let roleName = "default"

    /// The ModelServing that carries the set out.
    let serving: KubernetesObject
    /// What the set asks for and is given otherwise, one sentence each.
    let notes: [String]
    /// Why the set cannot be carried out at all, one sentence each.
    let refusals: [String]

    init(_ set: LeaderWorkerSet) {
        var object = KubernetesObject(.modelServing, namespace: set.key.namespace, name: set.key.name)
        object.ownerReferences = [OwnerReference(controller: set.object)]
        if let queue = set.object.annotations[Keys.Annotation.queueName] {
            object.annotations = [Keys.Annotation.queueName: queue]
        }
        object.spec = SetTranslation.spec(set)
        serving = object
        notes = SetTranslation.notes(set)
        refusals = SetTranslation.refusals(set, object)
    }

    private static func spec(_ set: LeaderWorkerSet) -> JSONValue {
        .members([
            "replicas": JSONValue(set.replicas),
            "schedulerName": set.schedulerName.map { .string($0) },
            "plugins": [["name": .string(PluginSpec.Name.leaderWorkerSetLabels.rawValue), "type": "BuiltIn"]],
            "recoveryPolicy": .string(recoveryPolicy(set.restartPolicy).rawValue),
            "rolloutStrategy": rollout(set),
            "template": [
                "roles": [
                    [
                        "name": .string(roleName), "replicas": 1,
                        "entryTemplate": podTemplate(set.leaderTemplate ?? set.workerTemplate),
                        "workerReplicas": JSONValue(max(0, set.size - 1)),
                        "workerTemplate": podTemplate(set.workerTemplate),
                    ]
                ]
            ],
        ])
    }

    /// Labels and annotations are all of a template's metadata that pods get.
    private static func podTemplate(_ template: JSONValue) -> JSONValue {
        let metadata = JSONValue.members([
            "labels": template[path: "metadata", "labels"].flatMap { $0.object?.isEmpty == false ? $0 : nil },
            "annotations": template[path: "metadata", "annotations"].flatMap { $0.object?.isEmpty == false ? $0 : nil },
        ])
        return .members([
            "metadata": metadata.object?.isEmpty == true ? nil : metadata,
            "spec": template["spec"] ?? .object(JSONObject()),
        ])
    }

    private static func recoveryPolicy(_ policy: LeaderWorkerSet.RestartPolicy) -> RecoveryPolicy {
        switch policy {
        case .recreateGroup, .recreateGroupAfterStart: .servingGroupRecreate
        case .none, .standard: .none
        }
    }

    /// Members that say what the default says are left out: a partition of 0 is none.
    private static func rollout(_ set: LeaderWorkerSet) -> JSONValue {
        let rolling = JSONValue.members([
            "maxUnavailable": roundsToNothing(set) ? 1 : set.rolling["maxUnavailable"],
            "maxSurge": set.rolling["maxSurge"].flatMap { isZero($0) ? nil : $0 },
            "partition": set.rolling["partition"].flatMap { isZero($0) ? nil : $0 },
        ])
        return .members([
            "type": .string(RolloutStrategy.Kind.servingGroup.rawValue),
            "rollingUpdateConfiguration": rolling.object?.isEmpty == true ? nil : rolling,
        ])
    }

    /// Nothing may be down and nothing added: no rollout could ever begin.
    private static func roundsToNothing(_ set: LeaderWorkerSet) -> Bool {
        guard set.replicas > 0, let down = set.rolling["maxUnavailable"].flatMap({ IntOrPercent($0) }) else {
            return false
        }
        let surge = set.rolling["maxSurge"].flatMap { IntOrPercent($0) }?.resolved(of: set.replicas, rounding: .up) ?? 0
        return surge == 0 && down.resolved(of: set.replicas, rounding: .down) == 0
    }

    private static func isZero(_ value: JSONValue) -> Bool { value.isNull || value == 0 || value == "0%" }
}

extension SetTranslation {
    private static func notes(_ set: LeaderWorkerSet) -> [String] {
        var notes: [String] = []
        if set.restartPolicy == .recreateGroupAfterStart {
            notes.append(
                "restartPolicy RecreateGroupAfterStart acts as RecreateGroupOnPodRestart: a group is also recreated "
                    + "while some of its pods have not started")
        }
        if roundsToNothing(set), let asked = set.rolling["maxUnavailable"] {
            notes.append(
                "rolloutStrategy.rollingUpdateConfiguration.maxUnavailable \(asked.text()) of \(set.replicas) groups "
                    + "is none and acts as 1: without maxSurge no rollout could begin")
        }
        if set.object.spec["startupPolicy"]?.string == "LeaderReady" {
            notes.append("startupPolicy LeaderReady acts as LeaderCreated: workers do not wait for the leader")
        }
        if set.object.spec[path: "networkConfig", "subdomainPolicy"]?.string == "Shared" {
            notes.append(
                "networkConfig.subdomainPolicy Shared acts as UniquePerReplica: reach the leader at "
                    + "$(\(Keys.LeaderWorkerSet.leaderAddress))")
        }
        if set.templateField("subGroupPolicy") != nil {
            notes.append("leaderWorkerTemplate.subGroupPolicy has no effect: a group is placed as one")
        }
        for name in [Keys.LeaderWorkerSet.exclusiveTopology, Keys.LeaderWorkerSet.subgroupExclusiveTopology]
        where set.object.annotations[name] != nil {
            notes.append("annotation \(name) has no effect: groups may share a topology domain")
        }
        let worker = set.workerTemplate[path: "spec", "schedulerName"]?.string
        if let worker, let leader = set.schedulerName, worker != leader {
            notes.append("the workers' schedulerName \(worker) has no effect: one scheduler, \(leader), places a group")
        }
        return notes
    }

    private static func refusals(_ set: LeaderWorkerSet, _ serving: KubernetesObject) -> [String] {
        var refusals: [String] = []
        if set.templateField("volumeClaimTemplates") != nil {
            refusals.append(
                "leaderWorkerTemplate.volumeClaimTemplates is not carried out: mount claims that exist, or ephemeral "
                    + "volumes")
        }
        do {
            refusals += try ModelServing(serving).problems.map(\.description)
        } catch {
            refusals.append(error.description)
        }
        return refusals
    }
}
