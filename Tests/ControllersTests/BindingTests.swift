import Controllers
import JSONValues
import KubernetesAPI
import KubernetesClient
import Synchronization
import Testing

/// Bindings that do not go as planned.
@Suite struct BindingTests {
    @Test func `a pod that somebody else bound counts where it was to go until the watch says more`() async throws {
        let stage = PlacerStage(nodes: 1)
        stage.addPod("a", gpus: 8)
        stage.deliver()
        stage.change("a") { $0.spec["nodeName"] = "elsewhere" }
        let round = try await stage.placer.place()
        #expect(round.bound == 0 && round.next != nil)
        stage.addPod("b", gpus: 8)
        let events = stage.cluster.takeEvents()
        for event in events where event.object.name == "b" { _ = stage.placer.observe(event) }
        #expect(try await stage.placer.place().bound == 0, "n0 may hold a")
        for event in events where event.object.name == "a" { _ = stage.placer.observe(event) }
        #expect(try await stage.placer.place().bound == 1)
        #expect(stage.nodes == ["a": "elsewhere", "b": "n0"])
    }

    @Test func `a gang whose first pod is gone is left alone`() async throws {
        let stage = PlacerStage(nodes: 2)
        for name in ["a", "b"] { stage.addPod(name, gpus: 8, gang: "g") }
        stage.deliver()
        let gone = try #require(stage.cluster.pods.first { $0.key.name == "a" })
        stage.cluster.remove(gone.object)
        try await stage.placer.place()
        #expect(stage.nodes.isEmpty)
        try await stage.settle()
        #expect(stage.nodes.keys.sorted() == ["b"], "what is left of the gang")
    }

    @Test func `a node that goes between plan and binding gets no pod`() async throws {
        let stage = PlacerStage(nodes: 2)
        for name in ["a", "b"] { stage.addPod(name, gpus: 8) }
        stage.deliver()
        stage.cluster.onBind { [cluster = stage.cluster, placer = stage.placer] _, _ in
            for node in cluster.objects(.node) where node.name == "n1" {
                cluster.remove(node)
                _ = placer.observe(.deleted(node))
            }
            return nil
        }
        let round = try await stage.placer.place()
        #expect(stage.nodes == ["a": "n0"])
        #expect(round.next != nil)
        try await stage.settle()
        #expect(stage.message(of: "b") == "0/1 nodes fit pod d/b: 1 too little nvidia.com/gpu (need 8, most free 0)")
    }

    @Test func `a binding whose answer was lost is sent again and its room is kept`() async throws {
        let stage = PlacerStage(nodes: 1)
        stage.addPod("a", gpus: 8)
        stage.deliver()
        stage.cluster.onBind { _, _ in .lost }
        await #expect(throws: APIStatus.self) { try await stage.placer.place() }
        stage.cluster.onBind(nil)
        let hidden = stage.cluster.takeEvents()
        stage.addPod("b", gpus: 8)
        stage.deliver()
        #expect(try await stage.placer.place().bound == 0)
        #expect(try await stage.placer.place().bound == 0)
        #expect(stage.nodes == ["a": "n0"])
        #expect(stage.cluster.bindings.count == 1)
        for event in hidden { _ = stage.placer.observe(event) }
        #expect(try await stage.placer.place().bound == 0)
    }

    @Test func `a binding that never arrived is sent again`() async throws {
        let stage = PlacerStage(nodes: 1)
        for name in ["a", "b"] { stage.addPod(name, gpus: 8) }
        stage.deliver()
        stage.cluster.onBind { _, _ in .refused(APIStatus(code: 500, reason: .internalError, message: "no")) }
        await #expect(throws: APIStatus.self) { try await stage.placer.place() }
        stage.cluster.onBind(nil)
        try await stage.settle()
        #expect(stage.nodes == ["a": "n0"])
    }

    @Test func `a binding that is forbidden gives its room back`() async throws {
        let stage = PlacerStage(nodes: 1)
        stage.addPod("a", gpus: 8)
        stage.addPod("b", gpus: 8)
        stage.deliver()
        stage.cluster.onBind { pod, _ in
            pod.key.name == "a" ? .refused(APIStatus(code: 403, reason: .forbidden, message: "no")) : nil
        }
        await #expect(throws: APIStatus.self) { try await stage.placer.place() }
        stage.change("a") { $0.json[path: "metadata", "deletionTimestamp"] = "2026-11-21T10:00:00Z" }
        try await stage.settle()
        #expect(stage.nodes == ["b": "n0"])
    }

    @Test func `a gang that stands in part comes before anything more urgent`() async throws {
        let stage = PlacerStage(nodes: 2)
        for name in ["a", "b"] { stage.addPod(name, gpus: 8, gang: "g") }
        stage.addPod("urgent", gpus: 8, ["priority": 1_000])
        stage.change("a") { $0.spec["nodeName"] = "n0" }
        stage.restart()
        try await stage.settle()
        #expect(stage.nodes == ["a": "n0", "b": "n1"])
        #expect(stage.message(of: "urgent")?.hasPrefix("0/2 nodes fit pod d/urgent: 2 too little") == true)
    }

    @Test func `schedulers are asked for at each round, and gates keep a pod back`() async throws {
        let stage = PlacerStage(nodes: 1)
        stage.addPod("v", gpus: 1, scheduler: "volcano")
        stage.addPod("k", gpus: 1, scheduler: "default-scheduler")
        stage.addPod("gated", gpus: 1, ["schedulingGates": [["name": "wait"]]])
        try await stage.settle()
        #expect(stage.nodes.isEmpty)
        stage.schedulers.withLock { _ = $0.insert("volcano") }
        try await stage.settle()
        #expect(stage.nodes.keys.sorted() == ["v"])
        stage.change("gated") { $0.spec["schedulingGates"] = [] }
        try await stage.settle()
        #expect(stage.nodes.keys.sorted() == ["gated", "v"])
    }
}
