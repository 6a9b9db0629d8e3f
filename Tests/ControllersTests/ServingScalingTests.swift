import Controllers
import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@Suite struct ServingScalingTests {
    /// A serving of one role with one pod a replica.
    static func simple(groups: Int, roles: Int = 1, _ extra: (inout JSONValue) -> Void = { _ in }) throws -> PlanState {
        var object = try Samples.object(
            """
            apiVersion: workload.serving.volcano.sh/v1alpha1
            kind: ModelServing
            metadata: {name: s, namespace: n, uid: ms, generation: 1}
            spec:
              replicas: \(groups)
              template:
                roles:
                  - name: a
                    replicas: \(roles)
                    entryTemplate: {spec: {containers: [{name: e, image: v1}]}}
            """)
        extra(&object.json)
        var state = PlanState(try ModelServing(object))
        state.settle()
        return state
    }

    @Test(arguments: [(1, 3), (3, 1), (0, 2), (2, 0)]) func `groups follow replicas`(from: Int, to: Int) throws {
        var state = try Self.simple(groups: from)
        #expect(state.names == (0..<from).map { "s-\($0)-a-0-0" })
        try state.edit { $0[path: "spec", "replicas"] = JSONValue(to) }
        state.settle()
        #expect(state.names == (0..<to).map { "s-\($0)-a-0-0" })
        #expect(state.serving.status.replicas == to)
        #expect(state.condition("Ready")?.holds == true)
        #expect(state.serving.status.observedGeneration == 2)
    }

    @Test func `a deleted group keeps its ordinal until it is gone, then the gap is filled`() throws {
        var state = try Self.simple(groups: 3)
        state.terminate("s-1-a-0-0")
        state.step()
        #expect(state.names.count == 3, "nothing is created while s-1 is on its way out")
        state.reap()
        state.step()
        #expect(state.living == ["s-0-a-0-0", "s-1-a-0-0", "s-2-a-0-0"])
    }

    @Test func `ordinals out of range are not renumbered`() throws {
        var state = try Self.simple(groups: 3)
        for (index, cost) in [1, 2, 3].enumerated() {
            state.pods["s-\(index)-a-0-0"]?.object.annotations = [
                "controller.kubernetes.io/pod-deletion-cost": "\(cost)"
            ]
        }
        try state.edit { $0[path: "spec", "replicas"] = 1 }
        state.settle()
        #expect(state.names == ["s-2-a-0-0"])
        #expect(state.condition("Available")?.holds == true)
        #expect(state.plan.actions.isEmpty)
    }

    @Test func `what does not run leaves first`() throws {
        var groups = try Self.simple(groups: 4)
        groups.run(["s-1-a-0-0"], ready: false)
        groups.step()
        #expect(groups.serving.status.availableReplicas == 3)
        try groups.edit { $0[path: "spec", "replicas"] = 3 }
        groups.step()
        #expect(groups.living == ["s-0-a-0-0", "s-2-a-0-0", "s-3-a-0-0"])

        var roles = try Self.simple(groups: 1, roles: 4)
        roles.run(["s-0-a-2-0"], ready: false)
        try roles.editRole(0) { $0["replicas"] = 3 }
        roles.step()
        #expect(roles.living == ["s-0-a-0-0", "s-0-a-1-0", "s-0-a-3-0"])
    }

    @Test func `a protected group outlives a cheaper one`() throws {
        var state = try Self.simple(groups: 3) { json in
            json[path: "spec", "rolloutStrategy", "rollingUpdateConfiguration", "partition"] = 1
        }
        state.pods["s-2-a-0-0"]?.object.annotations = ["controller.kubernetes.io/pod-deletion-cost": "100"]
        try state.edit { $0[path: "spec", "replicas"] = 1 }
        state.step()
        #expect(state.living == ["s-0-a-0-0"])
    }

    @Test func `roles grow and shrink inside their groups`() throws {
        var state = try Self.simple(groups: 2)
        try state.editRole(0) { $0["replicas"] = 3 }
        state.settle()
        #expect(state.names.count == 6)
        try state.editRole(0) { $0["replicas"] = 1 }
        state.settle()
        #expect(state.names == ["s-0-a-0-0", "s-1-a-0-0"])
    }

    @Test func `a Service that goes comes back, one without a replica goes`() throws {
        var state = PlanState(try Samples.serving(Samples.appendix))
        state.settle()
        state.services["ds-0-prefill-0-0"] = nil
        state.step()
        #expect(state.services.count == 2)
        try state.edit { $0[path: "spec", "replicas"] = 1 }
        state.settle()
        #expect(state.services.keys.sorted() == ["ds-0-prefill-0-0"])
    }

    @Test func `many pods are created over several plans`() throws {
        var state = try Self.simple(groups: 0)
        try state.edit { $0[path: "spec", "replicas"] = 600 }
        let first = state.step()
        #expect(state.names.count == 500)
        #expect(first.wakeAfter == .zero)
        state.step()
        #expect(state.names.count == 600)
        #expect(Set(state.names) == Set((0..<600).map { "s-\($0)-a-0-0" }))
    }
}
