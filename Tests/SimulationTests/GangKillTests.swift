import ClusterKit
import FoundationEssentials
import Glibc
import KubernetesClient
import SystemFiles
import TestKit
import Testing

/// Gangs on many nodes while the coordinator's process is killed, again and again, in the middle of its bindings.
///
/// Where the environment names a real control plane, which must have no coordinator of its own, this is the bar, 500
/// gangs on 200 nodes and 20 kills; elsewhere a sixth of it on the embedded server.
@Suite(.serialized) struct GangKillTests {
    private static let seed: UInt64 = 11
    private static let program =
        #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/.build/debug/martlet-coordinator"

    @Test(.timeLimit(.minutes(15))) func `gangs stand whole though the coordinator is killed at random points`()
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.path + "/martlet-gangs-\(UUID().uuidString)"
        try Files.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        if let kubeconfig = try RealServer.named?.kubeconfig(in: folder) {
            try await GangKillTests.run(.bar, kills: 20, kubeconfig, folder)
        } else {
            try await EmbeddedServer.with { server in
                try await GangKillTests.run(.small, kills: 4, server.kubeconfig, folder)
            }
        }
    }

    private static func run(_ history: GangHistory, kills: Int, _ kubeconfig: String, _ folder: String) async throws {
        try await GangStage.with(history, kubeconfig) { stage in
            var random = SeededRandom(seed: seed)
            let points = (0..<kills).map { _ in random.below(history.pods) }.sorted()
            var inPart = 0
            for point in points {
                try await CoordinatorProcess.with(
                    program, kubeconfig: kubeconfig, folder: folder, flags: ["--no-leader-elect"]
                ) { process in
                    try await eventually("\(point) bindings", within: .seconds(120)) { stage.bindings.count >= point }
                    kill(process.pid, SIGKILL)
                }
                if history.outcome(of: stage.bindings).open != nil { inPart += 1 }
            }
            try await CoordinatorProcess.with(
                program, kubeconfig: kubeconfig, folder: folder, flags: ["--no-leader-elect"]
            ) { _ in
                try await eventually("all pods to be ready", within: .seconds(300)) {
                    try await stage.readyPods() == history.pods
                }
            }
            let outcome = history.outcome(of: stage.bindings)
            #expect(outcome.faults.isEmpty, "seed \(seed): \(outcome.faults.prefix(10))")
            #expect(outcome.whole == history.gangs && stage.bindings.count == history.pods, "seed \(seed)")
            #expect(kills < 20 || inPart > 0, "seed \(seed): no kill met a gang in part")
        }
    }
}
