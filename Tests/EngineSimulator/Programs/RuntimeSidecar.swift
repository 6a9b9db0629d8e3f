import AsyncHTTPClient
import EngineWire
import HTTPTypes
import Hummingbird
import JSONValues
package import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// Stands in for Kthena's runtime sidecar: health, and the engine's metrics with their standard names added.
package struct RuntimeSidecar: Service {
    /// A larger page of metrics is not passed on.
    static let pageBytesMax = 16 << 20
    static let engineTimeout = TimeAmount.seconds(5)

    /// The sidecar's flags.
    package struct Settings: Sendable, Hashable {
        package var host: String
        package var port = 9000
        package var engineBase = "http://localhost:8000"
        package var metricsPath = "/metrics"

        /// `own` is the address that stands for localhost and for every address.
        package init(arguments: [String], own: String) throws(SimulatorError) {
            host = own
            var reader = ArgumentReader(arguments)
            while let item = reader.next() {
                guard case .flag(let name, let attached) = item else { continue }
                let value = attached ?? reader.value() ?? ""
                switch name {
                case "port": port = try FlagTable.number(value)
                case "host": host = ["0.0.0.0", "::", ""].contains(value) ? own : value
                case "engine-base-url": engineBase = value
                case "engine-metrics-path": metricsPath = value
                default: continue
                }
            }
            for local in ["://localhost", "://127.0.0.1", "://0.0.0.0"] {
                guard let range = engineBase.firstRange(of: local) else { continue }
                engineBase.replaceSubrange(range, with: "://\(own)")
            }
        }
    }

    /// Standard name of an engine's metric.
    static let standardNames = [
        "vllm:generation_tokens_total": "kthena:generation_tokens_total",
        "vllm:num_requests_waiting": "kthena:num_requests_waiting",
        "vllm:time_to_first_token_seconds": "kthena:time_to_first_token_seconds",
        "vllm:time_per_output_token_seconds": "kthena:time_per_output_token_seconds",
        "vllm:inter_token_latency_seconds": "kthena:time_per_output_token_seconds",
        "vllm:e2e_request_latency_seconds": "kthena:e2e_request_latency_seconds",
    ]

    private let settings: Settings
    private let logger: Logger
    private let onReady: @Sendable (Int) -> Void

    package init(_ settings: Settings, logger: Logger, onReady: @escaping @Sendable (Int) -> Void = { _ in }) {
        self.settings = settings
        self.logger = logger
        self.onReady = onReady
    }

    package func run() async throws {
        let router = Router()
        router.get("health") { _, _ in EngineResponder.json(["status": "healthy", "service": "runtime"]) }
        router.get("metrics") { _, _ in try await metrics() }
        let application = Application(
            router: router, configuration: .init(address: .hostname(settings.host, port: settings.port)),
            onServerRunning: { [onReady] channel in onReady(channel.localAddress?.port ?? 0) }, logger: logger)
        do {
            try await application.run()
        } catch let error as IOError {
            throw SimulatorError.cannotListen(
                "the runtime", settings.host, settings.port, error, "choose another --port")
        }
    }

    private func metrics() async throws -> Response {
        let request = HTTPClientRequest(url: settings.engineBase + settings.metricsPath)
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: Self.engineTimeout)
            let body = try await response.body.collect(upTo: Self.pageBytesMax)
            guard response.status.code == 200 else { return Response(status: .badGateway) }
            return EngineResponder.text(Self.withStandardNames(String(buffer: body)))
        } catch {
            return Response(status: .badGateway)
        }
    }

    /// The page, and after it each line of a known metric under its standard name.
    static func withStandardNames(_ page: String) -> String {
        var added = ""
        for line in page.split(separator: "\n") {
            let start = line.hasPrefix("# ") ? line.split(separator: " ").dropFirst(2).first : line[...]
            guard let start else { continue }
            for (name, standard) in standardNames where start.hasPrefix(name) {
                added += line.replacing(name, with: standard, maxReplacements: 1) + "\n"
            }
        }
        return page + added
    }
}
