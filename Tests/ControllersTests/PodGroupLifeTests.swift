import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@testable import Controllers

/// PodGroups from the first plan to the last: written when something changed, gone with their group.
@Suite struct PodGroupLifeTests {
    private func state(_ change: (inout JSONValue) -> Void = { _ in }) throws -> PlanState {
        var object = try Samples.object(Samples.appendix)
        change(&object.json)
        var state = PlanState(try ModelServing(object))
        state.podGroupSchema = PodGroupTests.current
        return state
    }

    private func writes(_ plan: ServingPlan) -> [String] {
        plan.actions.compactMap { action in
            switch action {
            case .createPodGroup(let group): "create \(group.name)"
            case .updatePodGroup(let group, _): "update \(group.name)"
            case .deletePodGroup(let name, _): "delete \(name)"
            default: nil
            }
        }
    }

    @Test func `settled, nothing is written, whatever Volcano and its users add`() throws {
        var state = try state()
        state.settle()
        #expect(state.plan.actions.isEmpty)
        for name in ["ds-0", "ds-1"] {
            state.podGroups[name]?.json["status"] = ["phase": "Running", "running": 4]
            state.podGroups[name]?.spec["priorityClassName"] = "high"
            state.podGroups[name]?.spec["minResources"] = ["cpu": "20000m"]
            state.podGroups[name]?.json[path: "metadata", "annotations", "mine"] = "yes"
        }
        #expect(state.plan.actions.isEmpty)
    }

    @Test func `PodGroups come before pods and go before them`() throws {
        var state = try state()
        let kinds = state.plan.actions.map { "\($0)".prefix { $0 != "(" } }
        #expect(kinds.firstIndex(of: "createPodGroup") ?? .max < kinds.firstIndex(of: "createPod") ?? 0)
        state.settle()
        try state.edit { $0[path: "spec", "replicas"] = 1 }
        let plan = state.plan
        #expect(writes(plan) == ["delete ds-1"])
        guard case .deletePodGroup = plan.actions.first else {
            Issue.record("the PodGroup goes first: \(plan.actions)")
            return
        }
        state.settle()
        #expect(state.podGroups.keys.sorted() == ["ds-0"])
    }

    struct Edit: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var field: String
        var before: JSONValue?
        var after: JSONValue?
        var edit: @Sendable (inout JSONValue) -> Void
    }

    static let queue = ["metadata", "annotations", "scheduling.volcano.sh/queue-name"][...]

    @Test(arguments: [
        Edit(testDescription: "queue set", field: "queue", before: "default", after: "gold") {
            $0.set("gold", at: queue)
        },
        Edit(testDescription: "queue changed", field: "queue", before: "silver", after: "gold") {
            $0.set("gold", at: queue)
        },
        Edit(testDescription: "queue removed", field: "queue", before: "silver", after: "default") {
            $0.set(nil, at: queue)
        },
        Edit(
            testDescription: "topology by another measure", field: "networkTopology",
            before: ["mode": "soft", "highestTierAllowed": 2], after: ["mode": "hard", "highestTierName": "rack"]
        ) {
            $0[path: "spec", "template", "networkTopology", "groupPolicy"] = ["highestTierName": "rack"]
        },
        Edit(
            testDescription: "topology dropped", field: "networkTopology",
            before: ["mode": "soft", "highestTierAllowed": 2], after: nil
        ) {
            $0[path: "spec", "template", "networkTopology"] = nil
        },
        Edit(testDescription: "minimum of the gang", field: "minMember", before: 3, after: 4) {
            $0[path: "spec", "template", "gangPolicy", "minRoleReplicas", "decode"] = 2
        },
    ])
    func `a change of the ModelServing is written once`(row: Edit) throws {
        var state = try state { json in
            if row.field == "queue", row.before != "default" { json.set(row.before, at: Self.queue) }
            if row.field == "networkTopology" {
                json[path: "spec", "template", "networkTopology", "groupPolicy"] = row.before
            }
        }
        state.settle()
        #expect(state.podGroups["ds-0"]?.spec[row.field] == row.before)
        let uids = state.pods.values.map(\.uid).sorted()
        try state.edit(row.edit)
        #expect(writes(state.step()) == ["update ds-0", "update ds-1"])
        #expect(state.podGroups["ds-0"]?.spec[row.field] == row.after)
        #expect(state.plan.actions.isEmpty)
        #expect(state.pods.values.map(\.uid).sorted() == uids, "no pod is touched")
    }

    @Test func `one that is deleted by hand comes back, its labels too`() throws {
        var state = try state()
        state.settle()
        state.podGroups["ds-1"] = nil
        state.podGroups["ds-0"]?.labels = [:]
        #expect(writes(state.step()) == ["update ds-0", "create ds-1"])
        #expect(state.podGroups["ds-0"]?.labels[Keys.Label.groupName] == "ds-0")
        #expect(state.plan.actions.isEmpty)
    }

    @Test func `pods wait for a PodGroup that is on its way out`() throws {
        var state = try state()
        state.settle()
        state.podGroups["ds-1"]?.json[path: "metadata", "deletionTimestamp"] = .string(state.now.description)
        for name in state.names where name.hasPrefix("ds-1-") { state.pods[name] = nil }
        #expect(state.plan.actions.allSatisfy { if case .createPod = $0 { false } else { true } })
        state.podGroups["ds-1"] = nil
        state.settle()
        #expect(state.living.count == 8)
        #expect(state.plan.actions.isEmpty)
    }

    @Test func `Volcano comes and goes`() throws {
        var state = try state()
        state.podGroupSchema = nil
        state.settle()
        #expect(state.podGroups.isEmpty)
        state.podGroupSchema = PodGroupTests.current
        #expect(writes(state.step()) == ["create ds-0", "create ds-1"])
        // Another release: the same PodGroups in other words.
        state.podGroupSchema = PodGroupTests.withTasks
        #expect(writes(state.step()) == ["update ds-0", "update ds-1"])
        #expect(state.podGroups["ds-0"]?.spec["minTaskMember"] == ["prefill-0": 2, "decode-0": 1])
        #expect(state.podGroups["ds-0"]?.spec["subGroupPolicy"] == nil)
        state.podGroupSchema = nil
        #expect(writes(state.step()) == ["delete ds-0", "delete ds-1"])
        #expect(state.plan.actions.isEmpty)
    }

    @Test func `tasks follow the ordinals that are left`() throws {
        var state = try state()
        state.podGroupSchema = PodGroupTests.withTasks
        state.settle()
        state.pods["ds-0-decode-0-0"]?.object.annotations["controller.kubernetes.io/pod-deletion-cost"] = "-5"
        try state.editRole(1) { $0["replicas"] = 1 }
        state.settle()
        #expect(state.living.contains("ds-0-decode-1-0"))
        #expect(state.podGroups["ds-0"]?.spec["minTaskMember"] == ["prefill-0": 2, "decode-1": 1])
    }

    @Test func `while a role rolls from one size to another the gang waits for the smaller`() throws {
        var state = try state { json in
            json[path: "spec", "rolloutStrategy"] = ["type": "RoleRollingUpdate"]
            json[path: "spec", "replicas"] = 1
            json[path: "spec", "template", "gangPolicy"] = nil
        }
        try state.editRole(0) { $0["replicas"] = 2 }
        state.settle()
        #expect(state.podGroups["ds-0"]?.spec["minMember"] == 6)
        try state.editRole(0) { $0["workerReplicas"] = 0 }
        state.step()
        #expect(state.living.contains("ds-0-prefill-0-1") || state.living.contains("ds-0-prefill-1-1"))
        #expect(state.podGroups["ds-0"]?.spec["minMember"] == 4)
        state.settle()
        #expect(state.living.count == 4)
        #expect(state.podGroups["ds-0"]?.spec["minMember"] == 4)
        #expect(state.plan.actions.isEmpty)
    }

    @Test func `a group behind the partition keeps the demand of its own revision`() throws {
        var state = try state { json in
            json[path: "spec", "rolloutStrategy", "rollingUpdateConfiguration"] = [
                "partition": 1, "maxUnavailable": 2,
            ]
        }
        state.settle()
        try state.editRole(0) { $0["workerReplicas"] = 3 }
        state.settle()
        #expect(state.podGroups["ds-0"]?.spec["minMember"] == 3)
        #expect(state.podGroups["ds-1"]?.spec["minMember"] == 5)
    }
}
