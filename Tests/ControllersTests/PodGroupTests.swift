import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@testable import Controllers

/// The PodGroup of a ServingGroup, for each release of Volcano.
@Suite struct PodGroupTests {
    static let current = PodGroupSchema(BridgedDefinitions.established(BridgedDefinitions.podGroup))
    static let withTasks = PodGroupSchema(BridgedDefinitions.established(BridgedDefinitions.podGroupWithTasks))

    /// A ModelServing of two groups, with limits of topology, where Volcano places.
    private func state(
        _ schema: PodGroupSchema?, _ change: (inout JSONValue) -> Void = { _ in }
    ) throws -> PlanState {
        var object = try Samples.object(Samples.appendix)
        object.spec[path: "template", "networkTopology"] = [
            "groupPolicy": ["mode": "hard", "highestTierAllowed": 2],
            "rolePolicy": ["mode": "hard", "highestTierAllowed": 1],
        ]
        change(&object.json)
        var state = PlanState(try ModelServing(object))
        state.podGroupSchema = schema
        return state
    }

    @Test func `one for each group, with subgroups`() throws {
        var state = try state(Self.current)
        state.step()
        #expect(state.podGroups.keys.sorted() == ["ds-0", "ds-1"])
        let group = try #require(state.podGroups["ds-0"])
        #expect(group.namespace == "team")
        #expect(group.labels == ["modelserving.volcano.sh/name": "ds", "modelserving.volcano.sh/group-name": "ds-0"])
        #expect(group.annotations == ["scheduling.k8s.io/group-name": "ds-0"])
        #expect(
            group.json[path: "metadata", "ownerReferences"] == [
                [
                    "apiVersion": "workload.serving.volcano.sh/v1alpha1", "kind": "ModelServing", "name": "ds",
                    "uid": "ms-3", "controller": true,
                ]
            ])
        #expect(
            group.spec == [
                "minMember": 3, "minResources": ["cpu": "20"], "queue": "default",
                "networkTopology": ["mode": "hard", "highestTierAllowed": 2],
                "subGroupPolicy": [
                    Self.subGroup("prefill", size: 2), Self.subGroup("decode", size: 1),
                ],
            ])
        for pod in state.pods.values {
            let task = pod.key.name.hasPrefix("ds-0-prefill") ? "prefill-0" : pod.object.labels[Keys.Label.roleID]
            #expect(pod.object.annotations["volcano.sh/task-spec"] == task)
            #expect(
                pod.object.annotations["scheduling.k8s.io/group-name"] == pod.object.labels[Keys.Label.groupName])
        }
    }

    private static func subGroup(_ role: String, size: Int) -> JSONValue {
        [
            "name": .string(role),
            "labelSelector": [
                "matchLabels": [
                    "modelserving.volcano.sh/name": "ds", "modelserving.volcano.sh/role": .string(role),
                ]
            ],
            "matchLabelKeys": ["modelserving.volcano.sh/role-id"], "subGroupSize": JSONValue(size),
            "minSubGroups": 1, "networkTopology": ["mode": "hard", "highestTierAllowed": 1],
        ]
    }

    @Test func `tasks where the cluster's PodGroups have no subgroups`() throws {
        var state = try state(Self.withTasks) { json in
            json[path: "spec", "template", "gangPolicy", "minRoleReplicas"] = ["decode": 1]
            json[path: "spec", "template", "networkTopology", "groupPolicy", "highestTierName"] = "rack"
        }
        state.step()
        #expect(
            state.podGroups["ds-1"]?.spec == [
                "minMember": 3, "minResources": ["cpu": "20"], "minTaskMember": ["prefill-0": 2, "decode-0": 1],
                "networkTopology": ["mode": "hard", "highestTierAllowed": 2],
            ])
    }

    @Test func `none without Volcano, none for another scheduler`() throws {
        var without = try state(nil)
        without.step()
        #expect(without.podGroups.isEmpty)
        #expect(without.pods.values.allSatisfy { $0.object.annotations[Keys.Annotation.podGroup] == nil })
        var other = try state(Self.current) { $0[path: "spec", "schedulerName"] = "martlet" }
        other.step()
        #expect(other.podGroups.isEmpty)
    }

    struct Demand: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Changes the first container of the decode role.
        var pod: JSONValue
        var minResources: JSONValue
    }

    @Test(arguments: [
        Demand(
            testDescription: "limits where there are no requests",
            pod: ["containers": [["name": "e", "resources": ["limits": ["nvidia.com/gpu": 8, "cpu": 4]]]]],
            minResources: ["cpu": "20", "nvidia.com/gpu": "8"]),
        Demand(
            testDescription: "a request before its limit",
            pod: ["containers": [["name": "e", "resources": ["limits": ["cpu": 9], "requests": ["cpu": "500m"]]]]],
            minResources: ["cpu": "16500m"]),
        Demand(
            testDescription: "the largest init container where that is more",
            pod: [
                "initContainers": [
                    ["name": "a", "resources": ["requests": ["cpu": 6]]],
                    ["name": "b", "resources": ["requests": ["cpu": 5, "memory": "1Gi"]]],
                ],
                "containers": [["name": "e", "resources": ["requests": ["cpu": 4]]]],
            ],
            minResources: ["cpu": "22", "memory": "1073741824"]),
        Demand(
            testDescription: "init containers that keep running count with the others and under those that follow",
            pod: [
                "initContainers": [
                    ["name": "a", "restartPolicy": "Always", "resources": ["requests": ["cpu": 2]]],
                    ["name": "b", "resources": ["requests": ["cpu": 5]]],
                ],
                "containers": [["name": "e", "resources": ["requests": ["cpu": 4]]]],
            ],
            minResources: ["cpu": "23"]),
        Demand(
            testDescription: "overhead",
            pod: [
                "overhead": ["cpu": "250m"], "containers": [["name": "e", "resources": ["requests": ["cpu": 4]]]],
            ],
            minResources: ["cpu": "20250m"]),
        Demand(
            testDescription: "what the pod asks for as a whole",
            pod: [
                "resources": ["requests": ["cpu": 1]],
                "containers": [["name": "e", "resources": ["requests": ["cpu": 4]]]],
            ],
            minResources: ["cpu": "17"]),
    ])
    func `resources are what the scheduler will count`(row: Demand) throws {
        var state = try state(Self.current)
        try state.editRole(1) { $0[path: "entryTemplate", "spec"] = row.pod }
        state.step()
        #expect(state.podGroups["ds-0"]?.spec["minResources"] == row.minResources)
    }

    @Test func `minimum beyond the replicas, none at all, and a role of no replicas`() throws {
        var state = try state(Self.current) { json in
            json[path: "spec", "template", "gangPolicy", "minRoleReplicas"] = ["decode": 0]
        }
        try state.editRole(0) { $0["replicas"] = 3 }
        state.step()
        #expect(state.podGroups["ds-0"]?.spec["minMember"] == 6)
        #expect(state.podGroups["ds-0"]?.spec["minResources"] == ["cpu": "48"])
        try state.editRole(0) { $0["replicas"] = 0 }
        state.step()
        #expect(state.podGroups["ds-0"]?.spec["minMember"] == 0)
    }

    @Test func `a definition that is not served is none`() throws {
        var gone = BridgedDefinitions.established(BridgedDefinitions.podGroup)
        gone.json[path: "metadata", "deletionTimestamp"] = "2027-01-01T00:00:00Z"
        var old = BridgedDefinitions.established(BridgedDefinitions.podGroup)
        old.spec["versions"] = [["name": "v1alpha1", "served": true]]
        for definition in [BridgedDefinitions.podGroup, gone, old] { #expect(PodGroupSchema(definition) == nil) }
        #expect(Self.current?.hasSubGroups == true)
        #expect(Self.withTasks?.hasSubGroups == false)
    }
}
