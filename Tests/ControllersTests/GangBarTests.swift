import ClusterKit
import JSONValues
import KubernetesAPI
import TestKit
import Testing

/// The bar of gang placement in memory: 500 gangs on 200 nodes, the coordinator killed in the middle of its writes.
///
/// A kill is a write that no longer reaches the store, and every one after it, until a new process lists everything.
@Suite struct GangBarTests {
    static let kills = 20

    @Test(arguments: [1]) func `five hundred gangs stand whole whatever is killed`(seed: Int) async throws {
        var random = SeededRandom(seed: UInt64(seed))
        let history = GangHistory.bar
        let cluster = FakeCluster()
        for index in 0..<history.nodes { cluster.addNode(GangHistory.nodeName(index), gpus: GangHistory.gpus) }
        for object in history.hyperNodes() { cluster.put(object) }
        for var object in history.modelServings() {
            object.json[path: "metadata", "generation"] = 1
            cluster.put(object)
        }
        var loop = ControlLoop(cluster)
        loop.take(cluster.relist())
        var inPart = 0
        for _ in 0..<Self.kills {
            cluster.failWrites(after: .random(in: 0..<200, using: &random))
            for _ in 0..<1_000 where !cluster.isDown { await Self.step(&loop, &random) }
            if history.outcome(of: cluster.bindings).open != nil { inPart += 1 }
            cluster.failWrites(after: nil)
            loop.restart()
        }
        await loop.settle()
        let end = history.outcome(of: cluster.bindings)
        #expect(end.faults.isEmpty, "seed \(seed): \(end.faults.prefix(10))")
        #expect(end.whole == 500 && cluster.bindings.count == 1_000, "seed \(seed)")
        #expect(inPart > 0, "seed \(seed): no kill met a gang in part")
        let writes = cluster.writes
        loop.restart()
        await loop.settle()
        #expect(cluster.writes == writes, "seed \(seed): a restart wrote")
    }

    /// Some of the waiting changes arrive, and work is done on what they say.
    private static func step(_ loop: inout ControlLoop, _ random: inout SeededRandom) async {
        loop.take(loop.cluster.takeEvents(.random(in: 0..<400, using: &random)))
        if await !loop.work() { loop.cluster.pass(.milliseconds(100)) }
        if Bool.random(using: &random) { _ = loop.cluster.runNodes() }
    }
}
