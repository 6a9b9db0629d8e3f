import EngineSimulator
import Logging
import ServiceLifecycle

/// A simulated engine at a loopback address of its own, as a pod would be.
struct Engine: Sendable {
    var pod: String
    var labels: [String: String]
    var host: String
    var port: Int
    var model: String
    var flags: [String] = []
    /// Nobody listens at its address: a worker that serves its group only.
    var isSilent = false

    func simulated(onReady: @escaping @Sendable () -> Void) throws -> SimulatedEngine {
        let arguments = [
            "--model", "/models/tinymodel", "--served-model-name", model, "--host", host, "--port", String(port),
            "--time-scale", "0.01",
        ]
        let identity = try EngineIdentity(
            flags: try EngineFlags(arguments: arguments + flags),
            environment: ["PYTHONHASHSEED": "0", "VLLM_NIXL_SIDE_CHANNEL_HOST": host])
        return try SimulatedEngine(identity, logger: Logger(label: "engine") { _ in SwiftLogNoOpLogHandler() }) { _ in
            onReady()
        }
    }
}
