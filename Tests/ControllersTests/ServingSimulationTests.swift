import Controllers
import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import TestKit
import Testing

/// Random histories of one ModelServing: edits, failing and vanishing pods, lagging caches, failing writes, restarts.
///
/// 1. Two pods never share a name (the store would refuse; the controller must not need it to).
/// 2. Pods exist only for places that some spec of the history asked for.
/// 3. Whatever happened, once it is quiet exactly the pods of the spec exist, ready, with the template's image.
/// 4. When quiet, nothing more is written, not even by a new process.
/// 5. Pods of a group are bound only when the group's whole minimum stands with them.
@Suite struct ServingSimulationTests {
    static let histories = 150

    @Test(arguments: 0..<histories) func `every history ends as the spec asks`(seed: Int) async throws {
        var random = SeededRandom(seed: UInt64(seed))
        let cluster = FakeCluster()
        for index in 0..<4 { cluster.addNode("n\(index)", gpus: 16) }
        cluster.put(History.serving(&random))
        var loop = ControlLoop(cluster)
        loop.take(cluster.relist())
        for _ in 0..<Int.random(in: 10...40, using: &random) {
            await History.step(&loop, &random)
            History.checkPods(cluster, seed)
        }
        cluster.failWrites(after: nil)
        await loop.settle()
        // Pods that failed for good without a policy that rebuilds them are the user's to delete.
        for pod in cluster.pods where pod.phase == .failed { cluster.remove(pod.object) }
        await loop.settle()

        let serving = try ModelServing(#require(cluster.objects(.modelServing).first))
        let names = History.expected(serving)
        #expect(cluster.pods.map(\.key.name).count == names.count, "seed \(seed)")
        if History.hasContiguousOrdinals(cluster, serving) {
            #expect(cluster.pods.map(\.key.name) == names, "seed \(seed)")
        }
        let image = serving.spec.template.roles[0].entryTemplate[path: "spec", "containers"]?[0]?["image"]
        for pod in cluster.pods {
            #expect(pod.isReady, "seed \(seed): \(pod.key) is not ready")
            #expect(pod.containers.first?["image"] == image, "seed \(seed): \(pod.key) has an old image")
        }
        let status = serving.status
        #expect(status.conditions.holds("Ready"), "seed \(seed): \(status)")
        #expect(status.observedGeneration == serving.object.generation, "seed \(seed)")
        #expect(
            [status.replicas, status.availableReplicas, status.updatedReplicas]
                == Array(repeating: serving.spec.replicas, count: 3), "seed \(seed)")

        let writes = cluster.writes
        loop.restart()
        await loop.settle()
        #expect(cluster.writes == writes, "seed \(seed): a restart wrote")
    }

    @Test(arguments: 0..<100) func `gangs are bound whole or not at all`(seed: Int) async throws {
        var random = SeededRandom(seed: UInt64(seed) &+ 50_000)
        let cluster = FakeCluster()
        for index in 0..<Int.random(in: 1...4, using: &random) {
            cluster.addNode("n\(index)", gpus: .random(in: 1...8, using: &random))
        }
        cluster.put(History.serving(&random))
        var loop = ControlLoop(cluster)
        loop.take(cluster.relist())
        for round in 0..<12 {
            loop.take(cluster.takeEvents())
            _ = await loop.work()
            try History.checkGangs(cluster, seed)
            if round == 6 { cluster.addNode("late", gpus: 8) }
        }
    }
}
