import Controllers
import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

/// Rollouts that replace only the role replicas whose role changed.
@Suite struct RoleRolloutTests {
    /// Groups of a prefill role and one decode replica, all running at image v1.
    static func state(
        groups: Int = 1, prefill: Int, maxUnavailable: JSONValue? = nil, partition: JSONValue? = nil
    ) throws -> PlanState {
        let template = #"{"spec": {"containers": [{"name": "e", "image": "v1"}]}}"#
        var object = try Samples.object(
            """
            apiVersion: workload.serving.volcano.sh/v1alpha1
            kind: ModelServing
            metadata: {name: s, namespace: n, uid: ms, generation: 1}
            spec:
              replicas: \(groups)
              rolloutStrategy: {type: RoleRollingUpdate}
              template:
                roles:
                  - {name: prefill, replicas: \(prefill), entryTemplate: \(template)}
                  - {name: decode, replicas: 1, entryTemplate: \(template)}
            """)
        var roles = object.spec[path: "template", "roles"]?.elements ?? []
        roles[0]["maxUnavailable"] = maxUnavailable
        roles[0]["partition"] = partition
        object.spec[path: "template", "roles"] = .array(roles)
        var state = PlanState(try ModelServing(object))
        state.settle()
        return state
    }

    private func images(_ state: PlanState, group: Int = 0) -> [String?] {
        state.names.filter { $0.hasPrefix("s-\(group)-prefill") }.map { state.image($0) }
    }

    @Test func `only the role that changed is replaced, in all groups`() throws {
        var state = try Self.state(groups: 2, prefill: 1)
        let before = state.pods
        let revision = state.serving.status.currentRevision
        try state.editRole(0, image("v2"))
        state.step()
        #expect(state.living == ["s-0-decode-0-0", "s-1-decode-0-0"])
        #expect(state.serving.status.availableReplicas == 0, "a group whose roles roll is not available")
        #expect(state.serving.status.observedGeneration == 2)
        #expect(state.condition("UpdateInProgress")?.holds == false || !state.living.isEmpty)
        state.settle()
        for group in 0..<2 {
            #expect(images(state, group: group) == ["v2"])
            let decode = "s-\(group)-decode-0-0"
            #expect(state.pods[decode]?.uid == before[decode]?.uid)
        }
        let status = state.serving.status
        #expect([status.replicas, status.availableReplicas, status.updatedReplicas] == [2, 2, 2])
        #expect(status.currentRevision == status.updateRevision && status.currentRevision != revision)
        #expect(state.revisions.count == 2, "the first is what the decode pods are made of")
        #expect(state.condition("Ready")?.holds == true)
        #expect(status.roles.map(\.name) == ["prefill", "decode"])
        #expect(status.roles.allSatisfy { [$0.replicas, $0.readyReplicas, $0.updatedReplicas] == [2, 2, 2] })
        // Groups of mixed revisions are as new as those made at once: a change of strategy replaces none.
        try state.edit { $0[path: "spec", "rolloutStrategy", "type"] = "ServingGroupRollingUpdate" }
        #expect(state.plan.actions.isEmpty)
    }

    @Test func `a bad image stays within the role's budget`() throws {
        var state = try Self.state(prefill: 4, maxUnavailable: 2)
        let decode = state.pods["s-0-decode-0-0"]?.uid
        try state.editRole(0, image("bad"))
        for _ in 0..<20 {
            state.step()
            state.reap()
            state.run(state.names.filter { state.image($0) == "v1" })
        }
        #expect(images(state) == ["v1", "v1", "bad", "bad"])
        #expect(state.pods["s-0-decode-0-0"]?.uid == decode)
        #expect(state.condition("UpdateInProgress")?.holds == true)
        #expect(state.serving.status.roles[0].readyReplicas == 2)
        #expect(state.serving.status.roles[0].updatedReplicas == 2)
    }

    @Test func `protected replicas keep their revision, come back in it, and survive scaling`() throws {
        var state = try Self.state(prefill: 5, maxUnavailable: 5, partition: 3)
        let old = state.serving.status.currentRevision
        try state.editRole(0, image("v2"))
        state.settle()
        #expect(images(state) == ["v1", "v1", "v1", "v2", "v2"])
        #expect(state.condition("Ready")?.holds == true, "what a partition protects is no pending work")
        #expect(state.serving.status.currentRevision == old && state.serving.status.updateRevision != old)

        for vanishes in [false, true] {
            let uid = state.pods["s-0-prefill-0-0"]?.uid
            if vanishes { state.pods["s-0-prefill-0-0"] = nil } else { state.terminate("s-0-prefill-0-0") }
            // Nothing but the API's state is needed to know what it was.
            state.memory = ServingMemory()
            state.settle()
            #expect(images(state) == ["v1", "v1", "v1", "v2", "v2"])
            #expect(state.pods["s-0-prefill-0-0"]?.uid != uid)
            #expect(state.pods["s-0-prefill-0-0"]?.object.labels["modelserving.volcano.sh/revision"] == old)
        }
        // Costs that would keep the newer ones do not count against the partition.
        for index in 0..<5 {
            state.pods["s-0-prefill-\(index)-0"]?.object.annotations["controller.kubernetes.io/pod-deletion-cost"] =
                "\(index)"
        }
        try state.editRole(0) { role in
            role["replicas"] = 3
            role["maxUnavailable"] = 3
        }
        state.settle()
        #expect(images(state) == ["v1", "v1", "v1"])
        // Even with all of them gone their revision is known.
        for index in 0..<3 { state.terminate("s-0-prefill-\(index)-0") }
        state.settle()
        #expect(images(state) == ["v1", "v1", "v1"])
        try state.editRole(0) { $0["partition"] = nil }
        state.settle()
        #expect(images(state) == ["v2", "v2", "v2"])
        #expect(state.revisions.count == 2)
    }

    @Test func `a whole group that is lost comes back with what its partition protects`() throws {
        var state = try Self.state(groups: 2, prefill: 2, maxUnavailable: 2, partition: 1)
        try state.editRole(0, image("v2"))
        state.settle()
        for name in state.names where name.hasPrefix("s-1-") { state.pods[name] = nil }
        state.settle()
        #expect(images(state, group: 1) == ["v1", "v2"])
        try state.edit { $0[path: "spec", "replicas"] = 3 }
        state.settle()
        #expect(images(state, group: 2) == ["v1", "v2"])
    }

    @Test func `roles come and go with the spec`() throws {
        var state = try Self.state(prefill: 2)
        let kept = state.pods["s-0-prefill-0-0"]?.uid
        try state.edit { json in
            var roles = json[path: "spec", "template", "roles"]?.elements ?? []
            roles[1]["name"] = "router"
            json[path: "spec", "template", "roles"] = .array(roles)
        }
        state.step()
        #expect(state.pods["s-0-decode-0-0"]?.object.isBeingDeleted == true)
        #expect(state.living.contains("s-0-router-0-0"))
        state.settle()
        #expect(state.names == ["s-0-prefill-0-0", "s-0-prefill-1-0", "s-0-router-0-0"])
        #expect(state.pods["s-0-prefill-0-0"]?.uid == kept)
        #expect(state.serving.status.updatedReplicas == 1)
        #expect(state.condition("Ready")?.holds == true)
    }

    @Test func `pods of other makers are judged by what their revision keeps`() throws {
        var state = try Self.state(prefill: 1)
        // As a controller without our annotations, and before there was a hash for each role, left them.
        for name in state.names {
            state.pods[name]?.object.annotations = [:]
            state.pods[name]?.object.labels["modelserving.volcano.sh/role-template-hash"] = nil
        }
        #expect(state.plan.actions.isEmpty)
        let decode = state.pods["s-0-decode-0-0"]?.uid
        try state.editRole(0, image("v2"))
        state.settle()
        #expect(images(state) == ["v2"])
        #expect(state.pods["s-0-decode-0-0"]?.uid == decode)
        #expect(state.revisions.count == 2)

        // With nothing to judge it by it is left alone.
        state.revisions = state.revisions.filter { $0.value.labels["modelserving.volcano.sh/revision"] != nil }
        let update = state.serving.status.updateRevision
        state.revisions = state.revisions.filter { $0.key == "s-\(update)" }
        try state.editRole(1, image("v3"))
        state.settle()
        #expect(state.pods["s-0-decode-0-0"]?.uid == decode)
    }
}
