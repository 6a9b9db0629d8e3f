import Controllers
import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

/// Rollouts that make before they break.
@Suite struct SurgeTests {
    static func state(groups: Int, surge: JSONValue, maxUnavailable: JSONValue = 1) throws -> PlanState {
        try ServingScalingTests.simple(groups: groups) { json in
            json[path: "spec", "rolloutStrategy", "rollingUpdateConfiguration"] = [
                "maxSurge": surge, "maxUnavailable": maxUnavailable,
            ]
        }
    }

    private func images(_ state: PlanState) -> [String?] { state.names.map { state.image($0) } }

    @Test(arguments: [(1, 1), (3, 1), (3, 2), (2, 5)]) func `no group is missed while nodes have room`(
        groups: Int, surge: Int
    ) throws {
        var state = try Self.state(groups: groups, surge: JSONValue(surge))
        try state.editRole(0, image("v2"))
        var most = 0
        for _ in 0..<60 {
            let isIdle = state.step().actions.isEmpty && state.living.count == state.names.count
            let status = state.serving.status
            most = max(most, state.names.count)
            #expect(status.availableReplicas >= groups, "what runs is never less than asked for")
            let isReady = [status.replicas, status.availableReplicas] == [groups, groups]
            #expect(isReady == isIdle || !isReady, "ready only at the end")
            state.reap()
            state.run()
            if isIdle { break }
        }
        #expect(most == groups + min(surge, groups))
        #expect(state.names == (0..<groups).map { "s-\($0)-a-0-0" }, "the surge leaves no ordinal behind")
        #expect(images(state).allSatisfy { $0 == "v2" })
        #expect(state.condition("Ready")?.holds == true)
        #expect(state.serving.status.replicas == groups)
        #expect(state.plan.actions.isEmpty)
    }

    @Test func `a surge that finds no node does not block`() throws {
        var state = try Self.state(groups: 2, surge: 1)
        try state.editRole(0, image("v2"))
        state.step()
        #expect(state.living.count == 3 && state.living.last == "s-2-a-0-0")
        #expect(state.serving.status.observedGeneration == 2 && state.serving.status.replicas == 3)
        let waiting = state.step()
        #expect(waiting.actions.isEmpty)
        #expect(waiting.wakeAfter == .seconds(30))
        state.now = state.now + .seconds(30)
        state.memory = ServingMemory()
        state.step()
        #expect(state.living == ["s-0-a-0-0", "s-2-a-0-0"], "now maxUnavailable counts")
        // Two places: whoever waits longest takes what comes free.
        for _ in 0..<30 {
            state.now = state.now + .seconds(31)
            state.reap()
            let free = 2 - state.pods.values.count { $0.nodeName != nil }
            let waiting = state.pods.values.filter { $0.nodeName == nil }.sorted { left, right in
                (left.object.creationTimestamp?.description ?? "", left.key.name)
                    < (right.object.creationTimestamp?.description ?? "", right.key.name)
            }
            state.run(waiting.prefix(max(0, free)).map(\.key.name))
            state.step()
            #expect(state.serving.status.availableReplicas >= 1)
        }
        #expect(state.names == ["s-0-a-0-0", "s-1-a-0-0"])
        #expect(images(state) == ["v2", "v2"])
        #expect(state.condition("Ready")?.holds == true)
    }

    @Test func `a bad revision takes nothing down`() throws {
        var state = try Self.state(groups: 2, surge: 1)
        try state.editRole(0, image("bad"))
        for _ in 0..<10 {
            state.step()
            state.reap()
            state.run(state.names.filter { state.image($0) == "v1" })
            for name in state.names where state.pods[name]?.nodeName == nil { state.run([name], ready: false) }
            state.now = state.now + .seconds(60)
        }
        #expect(images(state) == ["v1", "v1", "bad"])
        #expect(state.serving.status.availableReplicas == 2)
        #expect(state.condition("UpdateInProgress")?.holds == true)
        // A way forward replaces the surge at once, the way back ends it.
        try state.editRole(0, image("worse"))
        state.step()
        #expect(!state.living.contains("s-2-a-0-0"))
        try state.editRole(0, image("v1"))
        state.settle()
        #expect(state.names == ["s-0-a-0-0", "s-1-a-0-0"])
        #expect(images(state) == ["v1", "v1"])
    }

    @Test func `scaling past a surge keeps its group, scaling below leaves no more than asked for`() throws {
        for (wanted, names) in [(4, 4), (1, 1)] {
            var state = try Self.state(groups: 3, surge: 1)
            try state.editRole(0, image("v2"))
            state.step()
            state.run()
            let surge = state.pods["s-3-a-0-0"]?.uid
            try state.edit { $0[path: "spec", "replicas"] = JSONValue(wanted) }
            state.settle(rounds: 60)
            #expect(state.names.count == names)
            #expect(images(state).allSatisfy { $0 == "v2" })
            #expect(wanted != 4 || state.pods["s-3-a-0-0"]?.uid == surge)
            #expect(state.condition("Ready")?.holds == true)
        }
    }

    @Test func `what a partition protects needs no surge`() throws {
        var state = try Self.state(groups: 3, surge: 3)
        try state.edit { $0[path: "spec", "rolloutStrategy", "rollingUpdateConfiguration", "partition"] = 2 }
        try state.editRole(0, image("v2"))
        state.step()
        #expect(state.names.count == 4, "one group rolls")
        state.run()
        state.settle()
        #expect(images(state) == ["v1", "v1", "v2"])
    }

    @Test func `with a surge nothing has to be allowed to go down`() throws {
        var state = try Self.state(groups: 2, surge: "1%", maxUnavailable: 0)
        #expect(state.serving.problems.isEmpty)
        try state.editRole(0, image("v2"))
        state.settle(rounds: 60)
        #expect(images(state) == ["v2", "v2"])
        try state.edit { $0[path: "spec", "rolloutStrategy", "rollingUpdateConfiguration", "maxSurge"] = 0 }
        #expect(state.serving.problems.count == 1)
    }
}
