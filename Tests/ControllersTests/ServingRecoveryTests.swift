import Controllers
import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@Suite struct ServingRecoveryTests {
    /// One group: role a (entry and worker) and role b, all running.
    static func state(_ policy: String, grace: Int = 0) throws -> PlanState {
        let template = #"{"spec": {"containers": [{"name": "e", "image": "v1"}]}}"#
        var state = PlanState(
            try Samples.serving(
                """
                apiVersion: workload.serving.volcano.sh/v1alpha1
                kind: ModelServing
                metadata: {name: s, namespace: n, uid: ms, generation: 1}
                spec:
                  replicas: 1
                  recoveryPolicy: \(policy)
                  template:
                    restartGracePeriodSeconds: \(grace)
                    roles:
                      - name: a
                        replicas: 1
                        workerReplicas: 1
                        entryTemplate: \(template)
                        workerTemplate: \(template)
                      - {name: b, replicas: 1, entryTemplate: \(template)}
                """))
        state.settle()
        return state
    }

    struct Row: Sendable {
        var policy: String
        /// Pods that keep their identity when the worker s-0-a-0-1 goes.
        var kept: Set<String>
    }

    static let rows = [
        Row(policy: "ServingGroupRecreate", kept: []),
        Row(policy: "RoleRecreate", kept: ["s-0-b-0-0"]),
        Row(policy: "None", kept: ["s-0-a-0-0", "s-0-b-0-0"]),
    ]

    static let all = ["s-0-a-0-0", "s-0-a-0-1", "s-0-b-0-0"]

    private func kept(_ before: PlanState, _ after: PlanState) -> Set<String> {
        Set(Self.all.filter { before.pods[$0]?.uid == after.pods[$0]?.uid })
    }

    @Test(arguments: rows) func `a pod whose deletion was asked for`(row: Row) throws {
        let before = try Self.state(row.policy)
        var state = before
        state.terminate("s-0-a-0-1")
        state.settle()
        #expect(state.names == Self.all)
        #expect(kept(before, state) == row.kept)
        #expect(state.condition("Ready")?.holds == true)
    }

    @Test(arguments: rows) func `a pod that is gone at once`(row: Row) throws {
        let before = try Self.state(row.policy)
        var state = before
        let gone = try #require(state.pods["s-0-a-0-1"])
        state.pods["s-0-a-0-1"] = nil
        state.memory.losses[gone.uid] = ServingMemory.Loss(
            replica: RoleReplicaID(group: 0, role: "a", index: 0), siblings: Set(state.pods.values.map(\.uid)))
        state.settle()
        #expect(state.names == Self.all)
        #expect(kept(before, state) == row.kept)
    }

    @Test(arguments: rows) func `a restart that did not see the pod go repairs in place`(row: Row) throws {
        let before = try Self.state(row.policy)
        var state = before
        state.pods["s-0-a-0-1"] = nil
        state.memory = ServingMemory()
        state.settle()
        #expect(state.names == Self.all)
        #expect(kept(before, state) == ["s-0-a-0-0", "s-0-b-0-0"])
    }

    @Test(arguments: rows) func `a failed pod is given its grace, then rebuilt`(row: Row) throws {
        let before = try Self.state(row.policy, grace: 60)
        var state = before
        state.pods["s-0-a-0-1"]?.object.json["status"] = [
            "phase": "Failed",
            "containerStatuses": [
                ["restartCount": 0, "state": ["terminated": ["finishedAt": .string(state.now.description)]]]
            ],
        ]
        let early = state.step()
        #expect(state.living == Self.all)
        #expect(early.wakeAfter == (row.policy == "None" ? nil : .seconds(60)))
        state.now = state.now + .seconds(61)
        // Nothing but the pod's own status is needed to know that the time is over.
        state.memory = ServingMemory()
        state.step()
        #expect(Set(state.living) == row.kept.union(row.policy == "None" ? ["s-0-a-0-1"] : []))
        #expect(state.condition("Available")?.holds == false)
        #expect(row.policy == "None" || state.serving.status.availableReplicas == 0)
    }

    struct GraceRow: Sendable {
        var status: JSONValue
        /// Seconds after the start of the test's clock at which the failure began.
        var began: Int
    }

    /// Clock times relative to the start of the state's clock.
    private static func at(_ seconds: Int) -> JSONValue {
        .string((Timestamp(microseconds: 1_800_000_000_000_000) + .seconds(seconds)).description)
    }

    private static func ready(_ seconds: Int, _ phase: String = "Running") -> JSONValue {
        [
            "phase": .string(phase),
            "conditions": [["type": "Ready", "status": "False", "lastTransitionTime": at(seconds)]],
        ]
    }

    private static func ended(_ list: String, restarts: Int, _ times: JSONValue, _ status: JSONValue) -> JSONValue {
        var status = status
        status[list] = [["restartCount": JSONValue(restarts), "lastState": ["terminated": times]]]
        return status
    }

    static let graceRows = [
        // Failed: the end of the last container, else the turn to not ready.
        GraceRow(
            status: [
                "phase": "Failed", "containerStatuses": [["state": ["terminated": ["finishedAt": at(100)]]]],
            ], began: 100),
        GraceRow(status: ready(70, "Failed"), began: 70),
        // Restarted once: the end of the first run, however long the pod took to start before.
        GraceRow(
            status: ended("containerStatuses", restarts: 1, ["startedAt": at(2), "finishedAt": at(90)], ready(0)),
            began: 90),
        GraceRow(
            status: ended("initContainerStatuses", restarts: 1, ["finishedAt": at(90)], ready(0)), began: 90),
        // It was ready again after that: its turn to not ready.
        GraceRow(
            status: ended("containerStatuses", restarts: 1, ["finishedAt": at(20)], ready(110)), began: 110),
        // Restarted again and again: no later than the start of the last run that ended.
        GraceRow(
            status: ended("containerStatuses", restarts: 7, ["startedAt": at(60), "finishedAt": at(115)], ready(0)),
            began: 60),
    ]

    @Test(arguments: graceRows) func `the grace is counted from the pod's own status by whoever starts`(
        row: GraceRow
    ) throws {
        let before = try Self.state("RoleRecreate", grace: 60)
        for (offset, isOver) in [(-1, false), (0, true), (3600, true)] {
            var state = before
            state.pods["s-0-b-0-0"]?.object.json["status"] = row.status
            state.now = before.now + .seconds(row.began + 60 + offset)
            // A new process: nothing remembered.
            state.memory = ServingMemory()
            let plan = state.step()
            #expect(state.living.contains("s-0-b-0-0") != isOver)
            #expect(plan.wakeAfter == (isOver ? nil : .seconds(1)))
        }
    }

    @Test func `a restarted pod that is ready again is well`() throws {
        var state = try Self.state("RoleRecreate")
        let restarted: JSONValue = [
            ["restartCount": 3, "lastState": ["terminated": ["startedAt": "2026-01-01T00:00:00Z"]]]
        ]
        state.pods["s-0-b-0-0"]?.object.json[path: "status", "containerStatuses"] = restarted
        #expect(state.plan.actions.isEmpty)
        state.run(["s-0-b-0-0"], ready: false)
        state.pods["s-0-b-0-0"]?.object.json[path: "status", "containerStatuses"] = restarted
        #expect(state.plan.actions.count == 1)
    }

    @Test func `shrinking a role is no loss, not even after a restart`() throws {
        var state = try Self.state("ServingGroupRecreate")
        try state.editRole(1) { $0["replicas"] = 3 }
        state.settle()
        let entry = state.pods["s-0-a-0-0"]?.uid
        try state.editRole(1) { $0["replicas"] = 1 }
        state.step()
        state.memory = ServingMemory()
        state.settle()
        #expect(state.names == Self.all)
        #expect(state.pods["s-0-a-0-0"]?.uid == entry)
    }
}
