import Controllers
import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@Suite struct ServingStatusTests {
    @Test func `conditions follow a fresh start`() throws {
        var state = PlanState(try Samples.serving(Samples.appendix))
        state.step()
        var status = state.serving.status
        #expect([status.replicas, status.availableReplicas, status.updatedReplicas] == [2, 0, 2])
        #expect(status.currentRevision == status.updateRevision)
        #expect(state.condition("Available")?.holds == false)
        #expect(state.condition("Progressing")?.holds == true)
        #expect(state.condition("Progressing")?.reason == "GroupProgressing")
        #expect(state.condition("Progressing")?.message == "Some groups are progressing: [0 1]")
        #expect(state.condition("Reconciling")?.holds == true)
        #expect(state.condition("Stalled")?.holds == false)
        #expect(state.condition("Ready")?.message == "0 of 2 groups are ready")

        state.run(state.names.filter { $0.hasPrefix("ds-0-") })
        state.step()
        #expect(state.condition("Progressing")?.message == "Some groups are progressing: [1]")
        state.run()
        state.now = state.now + .seconds(5)
        state.step()
        status = state.serving.status
        #expect([status.availableReplicas, status.currentReplicas, status.updatedReplicas] == [2, 2, 2])
        for type in ["Available", "Ready"] {
            #expect(state.condition(type)?.holds == true)
            #expect(state.condition(type)?.message == "All Serving groups are ready")
            #expect(state.condition(type)?.lastTransitionTime == state.now)
        }
        #expect(state.condition("Progressing")?.holds == false)
        #expect(state.condition("Progressing")?.message == "All Serving groups are ready", "no stale message")
    }

    @Test func `nothing changes when nothing changed`() throws {
        var state = PlanState(try Samples.serving(Samples.appendix))
        state.settle()
        let status = state.serving.status
        state.now = state.now + .seconds(3_600)
        #expect(state.plan.actions.isEmpty)
        #expect(state.plan.wakeAfter == nil)
        #expect(ServingStatusMaker.status(state.observation, now: state.now) == status)
    }

    @Test func `the reason why a pod waits reaches the serving`() throws {
        var state = PlanState(try Samples.serving(Samples.prefillDecode))
        state.step()
        let message = "no node fits pod dev/x: 1 node: 1 cordoned"
        state.pods["deepseek-v2-lite-0-decode-0-0"]?.conditions = [
            Condition("PodScheduled", false, reason: "Unschedulable", message: message, at: state.now)
        ]
        state.step()
        #expect(state.condition("Ready")?.reason == "Unschedulable")
        #expect(
            state.condition("Ready")?.message
                == "0 of 1 groups are ready; Pod deepseek-v2-lite-0-decode-0-0: \(message)")
        state.pods["deepseek-v2-lite-0-decode-0-0"]?.object.json["status"] = [
            "phase": "Pending",
            "containerStatuses": [["name": "vllm", "state": ["waiting": ["reason": "ImageNotMapped"]]]],
        ]
        state.step()
        #expect(state.condition("Ready")?.reason == "ImageNotMapped")
    }

    @Test func `groups without pods are there at once`() throws {
        var state = try ServingScalingTests.simple(groups: 2, roles: 0)
        state.step()
        #expect(state.names.isEmpty)
        #expect(state.serving.status.availableReplicas == 2)
        #expect(state.condition("Ready")?.holds == true)
    }

    @Test func `a spec that cannot be carried out stalls and keeps its counts`() throws {
        var before = ModelServingStatus()
        before.availableReplicas = 2
        let status = ServingStatusMaker.stalled(
            before, generation: 4, message: "spec.replicas: Invalid value: -1", now: Timestamp(microseconds: 0))
        #expect(status.observedGeneration == 4 && status.availableReplicas == 2)
        #expect(status.conditions.holds("Stalled") && !status.conditions.holds("Ready"))
    }
}
