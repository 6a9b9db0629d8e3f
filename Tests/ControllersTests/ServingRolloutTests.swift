import Controllers
import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@Suite struct ServingRolloutTests {
    static func state(groups: Int, maxUnavailable: JSONValue = 1, partition: JSONValue? = nil) throws -> PlanState {
        try ServingScalingTests.simple(groups: groups) { json in
            json[path: "spec", "rolloutStrategy", "rollingUpdateConfiguration", "maxUnavailable"] = maxUnavailable
            json[path: "spec", "rolloutStrategy", "rollingUpdateConfiguration", "partition"] = partition
        }
    }

    @Test func `groups are replaced from the top within the budget`() throws {
        var state = try Self.state(groups: 4, maxUnavailable: 2)
        let first = state.serving.status.currentRevision
        try state.editRole(0, image("v2"))
        var order: [[String]] = []
        for _ in 0..<20 {
            let living = Set(state.living)
            if state.step().actions.isEmpty { break }
            let gone = living.subtracting(state.living)
            if !gone.isEmpty { order.append(gone.sorted()) }
            let status = state.serving.status
            #expect(status.replicas - status.availableReplicas <= 2)
            #expect(status.availableReplicas < 4 || status.updatedReplicas == 4, "ready only when all is new")
            state.reap()
            state.run()
        }
        #expect(order == [["s-2-a-0-0", "s-3-a-0-0"], ["s-0-a-0-0", "s-1-a-0-0"]])
        #expect(state.names.allSatisfy { state.image($0) == "v2" })
        #expect(state.serving.status.currentRevision == state.serving.status.updateRevision)
        #expect(state.serving.status.currentRevision != first)
        #expect(state.revisions.count == 1)
        #expect(state.condition("UpdateInProgress")?.holds == false)
        #expect(state.condition("Ready")?.holds == true)
    }

    @Test func `a bad image leaves the budget down and the rest as it was`() throws {
        var state = try Self.state(groups: 6, maxUnavailable: 2)
        try state.editRole(0, image("bad"))
        for _ in 0..<20 {
            state.step()
            state.reap()
            state.run(state.names.filter { state.image($0) == "v1" })
        }
        #expect(state.names.filter { state.image($0) == "bad" } == ["s-4-a-0-0", "s-5-a-0-0"])
        #expect(state.serving.status.availableReplicas == 4)
        #expect(state.condition("UpdateInProgress")?.message.contains("Updated Groups are: [4 5]") == true)
        #expect(state.condition("Progressing")?.holds == false)
        #expect(state.condition("Ready")?.holds == false)
        // The way back needs no budget beyond the broken groups.
        try state.editRole(0, image("v1"))
        state.settle()
        #expect(state.names.allSatisfy { state.image($0) == "v1" })
    }

    @Test func `groups behind the partition keep their revision, come back in it, and survive scaling`() throws {
        var state = try Self.state(groups: 5, maxUnavailable: 5, partition: 3)
        let old = state.serving.status.currentRevision
        try state.editRole(0, image("v2"))
        state.settle()
        let images = { (state: PlanState) in state.names.map { state.image($0) ?? "" } }
        #expect(images(state) == ["v1", "v1", "v1", "v2", "v2"])
        #expect(state.serving.status.currentRevision == old)
        #expect(state.serving.status.updateRevision != old)
        #expect(state.serving.status.currentReplicas == 3 && state.serving.status.updatedReplicas == 2)
        #expect(state.condition("Ready")?.holds == true)

        let uid = state.pods["s-1-a-0-0"]?.uid
        state.terminate("s-1-a-0-0")
        state.settle()
        #expect(images(state) == ["v1", "v1", "v1", "v2", "v2"])
        #expect(state.pods["s-1-a-0-0"]?.uid != uid)
        #expect(state.serving.status.currentRevision == old)

        try state.edit { $0[path: "spec", "replicas"] = 7 }
        state.settle()
        #expect(images(state) == ["v1", "v1", "v1", "v2", "v2", "v2", "v2"])
        try state.edit { $0[path: "spec", "replicas"] = 3 }
        state.settle()
        let status = state.serving.status
        #expect(images(state) == ["v1", "v1", "v1"])
        #expect(
            [status.replicas, status.updatedReplicas, status.currentReplicas, status.availableReplicas] == [3, 0, 3, 3])
    }

    @Test func `roles of groups that are about to be replaced are not scaled first`() throws {
        var state = try Self.state(groups: 2)
        try state.editRole(0) { role in
            image("v2")(&role)
            role["replicas"] = 3
        }
        state.step()
        #expect(state.names == ["s-0-a-0-0", "s-1-a-0-0"], "nothing of the old revision is created")
        state.settle()
        #expect(state.names.count == 6)
        #expect(state.names.allSatisfy { state.image($0) == "v2" })
    }

    @Test func `a replica lost in an old group comes back in the old revision`() throws {
        var state = try Self.state(groups: 2, maxUnavailable: 1)
        try state.editRole(0, image("bad"))
        for _ in 0..<6 {
            state.step()
            state.reap()
            state.run(state.names.filter { state.image($0) == "v1" })
        }
        #expect(state.image("s-0-a-0-0") == "v1")
        let uid = state.pods["s-0-a-0-0"]?.uid
        state.terminate("s-0-a-0-0")
        for _ in 0..<3 {
            state.step()
            state.reap()
        }
        #expect(state.pods["s-0-a-0-0"]?.uid != uid)
    }
}
