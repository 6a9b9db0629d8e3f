import AgentLink
import ClusterKit
import SystemFiles

/// The coordinator that was built beside this program.
enum OwnCoordinator {
    /// Runs it alone and without limits for as long as `body` takes.
    static func with(
        _ kubeconfig: String, _ body: @Sendable @escaping (CoordinatorProcess) async throws -> Void
    ) async throws {
        let folder = "\(Environment["TMPDIR"] ?? "/tmp")/martlet-bench-\(UInt32.random(in: 0 ... .max))"
        try Files.makeFolder(folder)
        let programs = CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let flags = [
            "--no-leader-elect", "--allow-agent", try CurveKeys.generate().publicKey, "--kube-api-qps", "-1",
        ]
        try await CoordinatorProcess.with(
            "\(programs.joined(separator: "/"))/martlet-coordinator", kubeconfig: kubeconfig, folder: folder,
            flags: flags, body)
    }
}
