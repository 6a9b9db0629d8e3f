import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@testable import Controllers

/// What a LeaderWorkerSet becomes as a ModelServing, and what it is told that it does not get.
@Suite struct SetTranslationTests {
    static let sample = """
        apiVersion: leaderworkerset.x-k8s.io/v1
        kind: LeaderWorkerSet
        metadata: {name: vllm, namespace: dev, uid: lws-1, generation: 1}
        spec:
          replicas: 1
          leaderWorkerTemplate:
            size: 2
            workerTemplate:
              metadata: {labels: {team: search}, creationTimestamp: null}
              spec: {containers: [{name: c, image: nginx}]}
        """

    static func set(_ change: (inout JSONValue) -> Void = { _ in }) throws -> KubernetesObject {
        var object = try Samples.object(sample)
        change(&object.json)
        return object
    }

    private func translation(_ change: (inout JSONValue) -> Void = { _ in }) throws -> SetTranslation {
        SetTranslation(LeaderWorkerSet(object: try Self.set(change)))
    }

    @Test func `one role whose replica is the group`() throws {
        let translation = try translation()
        #expect(translation.notes.isEmpty && translation.refusals.isEmpty)
        let object = translation.serving
        #expect(object.key == ObjectKey(namespace: "dev", name: "vllm"))
        let owner = try #require(object.controller)
        #expect(owner.kind == "LeaderWorkerSet" && owner.apiVersion == "leaderworkerset.x-k8s.io/v1")
        #expect(owner.uid == "lws-1" && owner.blocksOwnerDeletion)
        let template: JSONValue = [
            "metadata": ["labels": ["team": "search"]], "spec": ["containers": [["name": "c", "image": "nginx"]]],
        ]
        #expect(
            object.spec == [
                "replicas": 1, "plugins": [["name": "lws-standard-labels", "type": "BuiltIn"]],
                "recoveryPolicy": "ServingGroupRecreate", "rolloutStrategy": ["type": "ServingGroupRollingUpdate"],
                "template": [
                    "roles": [
                        [
                            "name": "default", "replicas": 1, "entryTemplate": template, "workerReplicas": 1,
                            "workerTemplate": template,
                        ]
                    ]
                ],
            ])
        #expect(try ModelServing(object).spec.schedulerName == "volcano")
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var path: [String]
        var value: JSONValue
    }

    static let ofTemplate = ["spec", "leaderWorkerTemplate"]
    static let ofRolling = ["spec", "rolloutStrategy", "rollingUpdateConfiguration"]

    struct Mapping: Sendable, CustomTestStringConvertible {
        var from: [String]
        var value: JSONValue
        var to: [String]
        var result: JSONValue?
        var testDescription: String { "\(from.joined(separator: ".")): \(value.text())" }
    }

    @Test(arguments: [
        Mapping(from: ["spec", "replicas"], value: 0, to: ["spec", "replicas"], result: 0),
        Mapping(from: ["spec", "replicas"], value: 7, to: ["spec", "replicas"], result: 7),
        Mapping(
            from: ofTemplate + ["restartPolicy"], value: "None", to: ["spec", "recoveryPolicy"], result: "None"),
        Mapping(
            from: ofTemplate + ["restartPolicy"], value: "Default", to: ["spec", "recoveryPolicy"], result: "None"),
        Mapping(
            from: ofTemplate + ["restartPolicy"], value: "RecreateGroupOnPodRestart",
            to: ["spec", "recoveryPolicy"], result: "ServingGroupRecreate"),
        Mapping(
            from: ofRolling, value: ["partition": 0, "maxUnavailable": 1, "maxSurge": 0],
            to: ["spec", "rolloutStrategy", "rollingUpdateConfiguration"], result: ["maxUnavailable": 1]),
        Mapping(
            from: ofRolling, value: ["partition": 2, "maxUnavailable": 1, "maxSurge": "25%"],
            to: ["spec", "rolloutStrategy", "rollingUpdateConfiguration"],
            result: ["partition": 2, "maxUnavailable": 1, "maxSurge": "25%"]),
        Mapping(
            from: ofTemplate + ["workerTemplate", "spec", "schedulerName"], value: "default-scheduler",
            to: ["spec", "schedulerName"], result: "default-scheduler"),
        Mapping(
            from: ["metadata", "annotations"], value: ["scheduling.volcano.sh/queue-name": "gold", "note": "x"],
            to: ["metadata", "annotations"], result: ["scheduling.volcano.sh/queue-name": "gold"]),
    ])
    func `a field says the same there`(row: Mapping) throws {
        let translation = try translation { $0.set(row.value, at: row.from[...]) }
        #expect(translation.serving.json.value(at: row.to[...]) == row.result)
        #expect(translation.notes.isEmpty && translation.refusals.isEmpty)
    }

    @Test func `leaders have their own template, a group of one has no workers`() throws {
        let leader: JSONValue = ["spec": ["containers": [["name": "l", "image": "ray"]]]]
        let translation = try translation {
            $0.set(leader, at: Self.ofTemplate + ["leaderTemplate"])
            $0.set(1, at: Self.ofTemplate + ["size"])
        }
        let role = translation.serving.spec[path: "template", "roles"]?[0]
        #expect(role?["entryTemplate"] == leader)
        #expect(role?["workerReplicas"] == 0)
    }

    @Test(arguments: [
        Row(
            testDescription: "restartPolicy RecreateGroupAfterStart acts as RecreateGroupOnPodRestart",
            path: ofTemplate + ["restartPolicy"], value: "RecreateGroupAfterStart"),
        Row(
            testDescription: "startupPolicy LeaderReady acts as LeaderCreated", path: ["spec", "startupPolicy"],
            value: "LeaderReady"),
        Row(
            testDescription: "networkConfig.subdomainPolicy Shared acts as UniquePerReplica",
            path: ["spec", "networkConfig", "subdomainPolicy"], value: "Shared"),
        Row(
            testDescription: "rolloutStrategy.rollingUpdateConfiguration.maxUnavailable \"30%\" of 1 groups is none",
            path: ofRolling, value: ["maxUnavailable": "30%"]),
        Row(
            testDescription: "leaderWorkerTemplate.subGroupPolicy has no effect",
            path: ofTemplate + ["subGroupPolicy"], value: ["subGroupSize": 1]),
        Row(
            testDescription: "annotation leaderworkerset.sigs.k8s.io/exclusive-topology has no effect",
            path: ["metadata", "annotations", "leaderworkerset.sigs.k8s.io/exclusive-topology"], value: "rack"),
        Row(
            testDescription: "the workers' schedulerName b has no effect", path: ofTemplate,
            value: [
                "leaderTemplate": ["spec": ["schedulerName": "a", "containers": []]],
                "workerTemplate": ["spec": ["schedulerName": "b", "containers": []]],
            ]),
    ])
    func `what is given otherwise is said`(row: Row) throws {
        let translation = try translation { $0.set(row.value, at: row.path[...]) }
        #expect(translation.notes.count == 1)
        #expect(translation.notes.first?.hasPrefix(row.testDescription) == true, "\(translation.notes)")
        #expect(translation.refusals.isEmpty)
    }

    @Test(arguments: [
        Row(
            testDescription: "leaderWorkerTemplate.volumeClaimTemplates is not carried out",
            path: ofTemplate + ["volumeClaimTemplates"], value: [["metadata": ["name": "data"]]]),
        Row(
            testDescription: "spec.rolloutStrategy.rollingUpdateConfiguration.maxUnavailable",
            path: ofRolling + ["maxUnavailable"], value: "101%"),
        Row(testDescription: "spec.replicas: Invalid value: -1", path: ["spec", "replicas"], value: -1),
    ])
    func `what cannot be carried out is refused`(row: Row) throws {
        let translation = try translation { $0.set(row.value, at: row.path[...]) }
        #expect(translation.refusals.count == 1)
        #expect(translation.refusals.first?.hasPrefix(row.testDescription) == true, "\(translation.refusals)")
    }
}
