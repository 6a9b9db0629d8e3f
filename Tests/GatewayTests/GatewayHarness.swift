import Authentication
import Certificates
import Gateway
import JSONValues
import Logging
import Observability
import Routing
import Synchronization
import Testing

/// A gateway that runs on a free port for the length of one test.
struct GatewayHarness {
    var gateway: Gateway
    var port: Int
    var metrics: MetricsRegistry
    let lines: Lines

    final class Lines: Sendable {
        let bytes = Mutex<[UInt8]>([])
        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
    }

    static func run(
        _ routes: [Route], _ servers: [TargetServer], fleet: FleetView = .empty, authenticator: Authenticator? = nil,
        change: (inout GatewayConfiguration) -> Void = { _ in }, identity: Identity? = nil,
        _ body: @Sendable @escaping (GatewayHarness) async throws -> Void
    ) async throws {
        var configuration = GatewayConfiguration(port: 0)
        configuration.loops = 1
        let lines = Lines()
        configuration.accessLog = { bytes in lines.bytes.withLock { $0 += bytes } }
        change(&configuration)
        let registry = MetricsRegistry()
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        let gateway = Gateway(
            configuration, fleet: fleet, authenticator: authenticator, metrics: GatewayMetrics(registry),
            logger: Logger(label: "test"), onReady: { continuation.yield($0) })
        gateway.update(RouteTable(routes: routes, servers: servers))
        if let identity { try gateway.update(certificate: identity.certificate, key: identity.key) }
        try await withThrowingTaskGroup { group in
            group.addTask { try await gateway.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            try await body(GatewayHarness(gateway: gateway, port: port, metrics: registry, lines: lines))
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }

    /// One route for model `m` to one server with these endpoints; engines know the model as `real`.
    static func run(
        _ endpoints: [Endpoint], fleet: FleetView = .empty, authenticator: Authenticator? = nil,
        server change: (inout TargetServer) -> Void = { _ in },
        configuration: (inout GatewayConfiguration) -> Void = { _ in }, identity: Identity? = nil,
        _ body: @Sendable @escaping (GatewayHarness) async throws -> Void
    ) async throws {
        var server = TargetServer(
            name: ObjectName(namespace: "dev", name: "server"), model: "real", endpoints: endpoints)
        change(&server)
        let route = Route(
            name: ObjectName(namespace: "dev", name: "route"), model: "m", adapters: ["lora"],
            rules: [RouteRule(name: "all", targets: [RouteTarget(server: "server")])])
        try await run(
            [route], [server], fleet: fleet, authenticator: authenticator, change: configuration, identity: identity,
            body)
    }

    /// Sends one request on a connection of its own and gives the whole answer.
    func ask(_ request: String) async throws -> String {
        let client = try await RawClient.connect(port)
        let closing = request.replacing(
            "Host: gateway\r\n", with: "Host: gateway\r\nConnection: close\r\n", maxReplacements: 1)
        try await client.send(closing)
        return try await client.readToEnd()
    }

    /// The decision of a request, once it is over.
    func decision(_ id: String) async throws -> String {
        let gateway = self.gateway
        try await eventually("decision \(id)") { gateway.decision(id) != nil }
        return gateway.decision(id)?.text() ?? ""
    }
}

extension GatewayHarness: Sendable {}
