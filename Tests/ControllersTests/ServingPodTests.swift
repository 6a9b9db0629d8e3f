import Controllers
import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

/// What one ModelServing expands to.
@Suite struct ServingPodTests {
    @Test func `two groups of prefill with a worker and two decodes`() throws {
        var state = PlanState(try Samples.serving(Samples.appendix))
        state.step()
        let group = ["decode-0-0", "decode-1-0", "prefill-0-0", "prefill-0-1"]
        #expect(state.names == (0..<2).flatMap { index in group.map { "ds-\(index)-\($0)" } })
        #expect(state.services.keys.sorted() == ["ds-0-prefill-0-0", "ds-1-prefill-0-0"])
        #expect(environment(state, "ds-0-prefill-0-1") == ["2", "ds-0-prefill-0-0.team", "1"])
        #expect(environment(state, "ds-0-decode-1-0") == ["1", "ds-0-decode-1-0.team", "0"])
        #expect(
            state.serving.status.labelSelector
                == "modelserving.volcano.sh/entry=true,modelserving.volcano.sh/name=ds,"
                + "modelserving.volcano.sh/role=prefill,modelserving.volcano.sh/role-id=prefill-0")
        let service = try #require(state.services["ds-1-prefill-0-0"])
        #expect(service.spec["clusterIP"] == "None")
        #expect(service.spec["publishNotReadyAddresses"] == true)
        #expect(
            service.spec["selector"]?.stringMap == [
                "modelserving.volcano.sh/group-name": "ds-1", "modelserving.volcano.sh/role": "prefill",
                "modelserving.volcano.sh/role-id": "prefill-0", "modelserving.volcano.sh/entry": "true",
            ])
        #expect(service.controller?.uid == "ms-3")
    }

    @Test func `the multi-node example`() throws {
        var state = PlanState(try Samples.serving(Samples.multiNode))
        let plan = state.step()
        #expect(
            state.names == [
                "llama-multinode-0-405b-0-0", "llama-multinode-0-405b-0-1", "llama-multinode-0-405b-1-0",
                "llama-multinode-0-405b-1-1",
            ])
        guard case .createRevision(let revision) = plan.actions.first else {
            Issue.record("the revision comes first")
            return
        }
        let entry = try #require(state.pods["llama-multinode-0-405b-1-0"]?.object)
        let hash = try #require(revision.labels["modelserving.volcano.sh/revision"])
        #expect(revision.name == "llama-multinode-\(hash)")
        #expect(revision.json["revision"] == 1)
        #expect(revision.json[path: "data", "data"]?.elements.count == 1)
        var labels = entry.labels
        #expect(labels.removeValue(forKey: "modelserving.volcano.sh/role-template-hash")?.isEmpty == false)
        #expect(
            labels == [
                "modelserving.volcano.sh/name": "llama-multinode",
                "modelserving.volcano.sh/group-name": "llama-multinode-0", "modelserving.volcano.sh/role": "405b",
                "modelserving.volcano.sh/role-id": "405b-1", "modelserving.volcano.sh/entry": "true",
                "modelserving.volcano.sh/revision": hash, "team": "search",
            ])
        #expect(
            entry.annotations == [
                "note": "leader", "martlet.dev/revision": hash,
                "martlet.dev/role-template-hash": entry.labels["modelserving.volcano.sh/role-template-hash"],
            ])
        #expect(entry.spec["schedulerName"] == "volcano")
        let owner = try #require(entry.controller)
        #expect(owner.kind == "ModelServing" && owner.uid == "ms-2" && owner.blocksOwnerDeletion)
        let worker = try #require(state.pods["llama-multinode-0-405b-1-1"]?.object)
        #expect(worker.labels["modelserving.volcano.sh/entry"] == nil)
        #expect(environment(state, worker.name) == ["2", "llama-multinode-0-405b-1-0.default", "1"])
        #expect(state.services.count == 2)
    }

    @Test func `variables go into all containers and replace those of the template`() throws {
        var state = PlanState(try Samples.serving(Samples.prefillDecode))
        state.step()
        let pod = try #require(state.pods["deepseek-v2-lite-0-prefill-0-0"])
        for container in pod.containers + pod.initContainers {
            let names = (container["env"]?.elements ?? []).compactMap { $0["name"]?.string }
            #expect(names.prefix(3) == ["GROUP_SIZE", "ENTRY_ADDRESS", "WORKER_INDEX"])
            #expect(names.filter { $0 == "GROUP_SIZE" }.count == 1)
            #expect(container["env"]?[0]?["value"] == "1")
        }
        #expect(pod.containers[1]["env"]?[3]?["name"] == "HF_HUB_OFFLINE")
        #expect(state.services.isEmpty)
    }

    @Test func `labels of the template win, and the pod is known all the same`() throws {
        var state = PlanState(try Samples.serving(Samples.multiNode))
        try state.editRole(0) { role in
            for template in ["entryTemplate", "workerTemplate"] {
                role[path: template, "metadata", "labels"] = [
                    "modelserving.volcano.sh/group-name": "group-0", "modelserving.volcano.sh/revision": "mine",
                    "modelserving.volcano.sh/role-template-hash": "mine", "modelserving.volcano.sh/name": "mine",
                ]
                role[path: template, "metadata", "annotations"] = ["martlet.dev/revision": "mine"]
            }
        }
        state.settle()
        let entry = try #require(state.pods["llama-multinode-0-405b-0-0"]?.object)
        #expect(entry.labels["modelserving.volcano.sh/group-name"] == "group-0")
        #expect(entry.labels["modelserving.volcano.sh/revision"] == "mine")
        #expect(entry.annotations["martlet.dev/revision"] == state.serving.status.updateRevision)
        let selector = state.services["llama-multinode-0-405b-0-0"]?.spec["selector"]
        #expect(selector?["modelserving.volcano.sh/group-name"] == "group-0")
        #expect(state.serving.status.availableReplicas == 1)
        #expect(state.plan.actions.isEmpty)

        try state.editRole(0, image("v2"))
        state.step()
        #expect(state.living.isEmpty, "the rollout knows its pods")
        state.settle()
        #expect(state.names.count == 4)
        #expect(state.image("llama-multinode-0-405b-0-0") == "v2")
    }

    @Test func `hashes ignore replicas and the order of members`() throws {
        var state = PlanState(try Samples.serving(Samples.appendix))
        state.settle()
        let revision = state.serving.status.updateRevision
        try state.editRole(1) { $0["replicas"] = 5 }
        try state.editRole(0) { role in
            let entry = role["entryTemplate"]
            role["entryTemplate"] = nil
            role["entryTemplate"] = entry
            role["maxUnavailable"] = 2
        }
        state.settle()
        #expect(state.serving.status.updateRevision == revision)
        try state.editRole(1, image("b"))
        state.step()
        #expect(state.serving.status.updateRevision != revision)
    }

    private func environment(_ state: PlanState, _ pod: String) -> [String?] {
        let variables = state.pods[pod]?.containers.first?["env"]?.elements ?? []
        return ["GROUP_SIZE", "ENTRY_ADDRESS", "WORKER_INDEX"].map { name in
            variables.first { $0["name"]?.string == name }?["value"]?.string
        }
    }
}
