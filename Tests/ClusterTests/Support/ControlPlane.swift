import KubernetesClient
import Logging
import SystemFiles
import TestKit
import Testing

/// The real control plane that `make e2e-kube` runs, with coordinators beside it.
///
/// MARTLET_E2E_KUBECONFIG is an administrator's kubeconfig; MARTLET_E2E_RUN a folder with `coordinator-N.pid`, one for
/// each coordinator, which is started again when it ends.
enum ControlPlane {
    static let kubeconfig = Environment["MARTLET_E2E_KUBECONFIG"]
    static let runFolder = Environment["MARTLET_E2E_RUN"] ?? ""
    static var isPresent: Bool { kubeconfig != nil }
    static let reason: Comment = "needs a real control plane: make e2e-kube"

    static func client() throws -> KubernetesClient {
        let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        return try KubernetesClient(ClientConfiguration.load(kubeconfig: kubeconfig), logger: quiet)
    }

    /// Pids of the coordinators that run now.
    static var coordinators: [Int32] {
        Files.names(in: runFolder).filter { $0.hasPrefix("coordinator-") && $0.hasSuffix(".pid") }.compactMap { name in
            (try? Files.text("\(runFolder)/\(name)"))?.split(whereSeparator: \.isWhitespace).first
                .flatMap { Int32($0) }
        }
    }
}
