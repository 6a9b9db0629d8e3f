import HTTPWire
import Routing

/// What lines of the access log say alike of all requests of one way, put together once: the names of objects.
struct LineNames: Sendable {
    /// The route and what it leads to; each part begins as the form of the log has it.
    private(set) var route: [UInt8] = []
    private(set) var backend: [UInt8] = []
    /// Only of requests that an HTTPRoute took.
    private(set) var pool: [UInt8] = []

    init(_ format: AccessLogFormat, _ match: RouteTable.Match?, upstreamModel: String) {
        guard let match else { return }
        var route = ByteWriter(capacity: 128)
        var backend = ByteWriter(capacity: 128)
        var pool = ByteWriter(capacity: 128)
        defer {
            self.route = route.bytes
            self.backend = backend.bytes
            self.pool = pool.bytes
        }
        if match.backend != .inferencePool { Self.append("model_route", match.route.description, format, to: &route) }
        if match.backend == .modelServer { Self.append("model_server", match.server.description, format, to: &route) }
        Self.append("backend_type", match.backend.rawValue, format, to: &backend)
        Self.append("backend_name", match.server.description, format, to: &backend)
        if !upstreamModel.isEmpty { Self.append("upstream_model", upstreamModel, format, to: &backend) }
        guard match.backend == .inferencePool else { return }
        Self.append("http_route", match.route.description, format, to: &pool)
        Self.append("inference_pool", match.server.description, format, to: &pool)
    }

    private static func append(_ key: String, _ value: String, _ format: AccessLogFormat, to line: inout ByteWriter) {
        switch format {
        case .text:
            line.append(text: " \(key)=")
            line.append(visible: value)
        case .json:
            line.append(text: ",\"\(key)\":")
            line.append(quoted: value)
        }
    }
}
