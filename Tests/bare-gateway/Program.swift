import AgentProtocol
import Fleet
import Gateway
import Glibc
import Logging
import Observability
import Routing

/// The gateway as the coordinator runs it, with everything on, but one event loop and one route for every model `m`,
/// whose engines the command line names: what benchmarks load and profile.
@main
enum Program {
    /// Not asynchronous: then the main thread would end in a way that valgrind does not survive.
    static func main() {
        Task { @concurrent in await start() }
        while true { pause() }
    }

    private static func start() async {
        do {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            try await run(options)
        } catch let error as UsageError {
            StandardError.write("bare-gateway: \(error)\n\(Options.usage)")
            exit(2)
        } catch {
            StandardError.write("bare-gateway: \(error)")
            exit(1)
        }
    }

    private static func run(_ options: Options) async throws {
        var configuration = GatewayConfiguration(port: options.port)
        configuration.loops = 1
        configuration.modelFolder = options.modelFolder
        if !options.isPlain { configuration.accessLog = { writeLog($0) } }
        let endpoints = options.endpoints
        let gateway = Gateway(
            configuration, fleet: fleet(options), metrics: GatewayMetrics(MetricsRegistry()),
            logger: Logger(label: "gateway"), onReady: { StandardError.write("port \($0)") })
        gateway.update(options.isPlain ? pathTable(options) : modelTable(endpoints))
        try await gateway.run()
    }

    private static func modelTable(_ endpoints: [Endpoint]) -> RouteTable {
        let server = TargetServer(name: ObjectName(namespace: "default", name: "server"), endpoints: endpoints)
        let route = Route(
            name: ObjectName(namespace: "default", name: "route"), model: "m",
            rules: [RouteRule(name: "all", targets: [RouteTarget(server: "server")])])
        return RouteTable(routes: [route], servers: [server])
    }

    private static func pathTable(_ options: Options) -> RouteTable {
        let pool = TargetServer(name: ObjectName(namespace: "default", name: "pool"), endpoints: options.endpoints)
        let id = ListenerID(gateway: ObjectName(namespace: "default", name: "gateway"), name: "http")
        let route = HTTPRoute(
            name: ObjectName(namespace: "default", name: "route"), listeners: [id],
            rules: [HTTPRule(targets: [PoolTarget(pool: pool.name)])])
        return RouteTable(pools: [pool], httpRoutes: [route], listeners: [Listener(id: id, port: options.port)])
    }

    /// To standard output, as much of it as is taken at once.
    private static func writeLog(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { buffer in
            _ = unsafe Glibc.write(1, buffer.baseAddress, buffer.count)
        }
    }

    /// Engines that report what agents' engines do.
    private static func fleet(_ options: Options) -> FleetView {
        let fleet = Fleet()
        var reports: [Report] = []
        for (number, endpoint) in options.endpoints.enumerated() {
            var description = EngineDescription(
                id: endpoint.engine, podUID: "\(number)", node: "node", host: endpoint.host, kind: .vLLM,
                incarnation: 1)
            description.isReady = true
            description.models = ["m"]
            description.blockSize = max(1, options.blockSize)
            description.hasExactCache = options.blockSize > 0
            var load = EngineLoad()
            load.running = number % 4
            load.prefillSecondsPerToken = 0.000_1
            reports += [.engine(description), .load(endpoint.engine, load)]
        }
        fleet.apply(.reports(reports), from: AgentID("node"))
        return FleetView(fleet)
    }
}
