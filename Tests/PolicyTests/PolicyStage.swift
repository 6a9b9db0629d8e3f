import AgentLink
import AgentProtocol
import AsyncHTTPClient
import EngineSimulator
import Engines
import Fleet
import Gateway
import JSONValues
import KVBlocks
import Logging
import NIOCore
import NIOHTTP1
import Observability
import RouteCatalog
import Routing
import ServiceLifecycle
import ServingAPI
import Synchronization
import Testing

/// Simulated engines, the agent's monitor over them, the fleet it feeds, and a gateway that routes by a configuration
/// file: the whole way from an engine's metrics to a choice.
struct PolicyStage: Sendable {
    let gateway: Gateway
    let port: Int
    let fleet: Fleet
    let metrics: MetricsRegistry
    /// Ports of the engines, which are the pods `pod-0`, `pod-1` and so on.
    let engines: [Int]

    static func silent(_ label: String) -> Logger { Logger(label: label) { _ in SwiftLogNoOpLogHandler() } }

    static func pod(_ number: Int) -> String { "pod-\(number)" }

    static let events = #"{"enable_kv_cache_events":true,"publisher":"zmq","endpoint":"tcp://*:0"}"#

    /// Flags that every engine has; a test's own come after them.
    private static let flags = [
        "--model", "real", "--served-model-name", "real", "--port", "0", "--max-model-len", "8192", "--block-size",
        "16", "--kv-events-config", events,
    ]

    static func policy(_ file: String) throws -> RoutingPolicy {
        RoutingPolicy(try RouterConfiguration(try JSONValue.parse(file)))
    }

    /// Runs `body` once the fleet knows every engine and its metrics. `tokenizer` is the folder of tokenizers that the
    /// engines' command lines name, as the agent reads them.
    static func run(
        _ flags: [[String]], _ file: String, tokenizer: String? = nil,
        _ body: @escaping @Sendable (PolicyStage) async throws -> Void
    ) async throws {
        let policy = try policy(file)
        let (bound, ports) = AsyncStream.makeStream(of: (Int, Int).self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, own) in flags.enumerated() {
                let identity = try EngineIdentity(
                    flags: try EngineFlags(arguments: Self.flags + own), environment: [:])
                let engine = try SimulatedEngine(identity, logger: silent("engine")) { ports.yield((number, $0)) }
                group.addTask { try await engine.run() }
            }
            var engines = [Int](repeating: 0, count: flags.count)
            for await (number, port) in bound {
                engines[number] = port
                if !engines.contains(0) { break }
            }
            try await serve(engines, policy, tokenizer, &group, body)
            group.cancelAll()
        }
    }

    private static func serve(
        _ engines: [Int], _ policy: RoutingPolicy, _ tokenizer: String?,
        _ group: inout ThrowingTaskGroup<Void, any Error>,
        _ body: @escaping @Sendable (PolicyStage) async throws -> Void
    ) async throws {
        let (fleet, files) = (Fleet(), ModelFileFetcher())
        let monitor = agent(fleet, files)
        monitor.update(engines.enumerated().map { candidate(Self.pod($0), port: $1, tokenizer) })
        group.addTask { try await monitor.run() }
        let registry = MetricsRegistry()
        var configuration = GatewayConfiguration(port: 0)
        configuration.loops = 1
        configuration.modelCheckPeriod = .milliseconds(50)
        let (opened, listening) = AsyncStream.makeStream(of: Int.self)
        let gateway = Gateway(
            configuration, fleet: FleetView(fleet, files: files), metrics: GatewayMetrics(registry),
            logger: silent("gateway")
        ) { listening.yield($0) }
        gateway.update(policy)
        gateway.update(table(engines))
        group.addTask { try await gateway.run() }
        var iterator = opened.makeAsyncIterator()
        let port = try #require(await iterator.next())
        let stage = PolicyStage(gateway: gateway, port: port, fleet: fleet, metrics: registry, engines: engines)
        try await stage.until("every engine is known") { snapshot in
            snapshot.engines.count == engines.count
                && snapshot.engines.values.allSatisfy { $0.description.isReady && $0.description.hasExactCache }
        }
        try await body(stage)
    }

    /// An agent's monitor, which reports to the fleet at once and gives files over a link in memory.
    private static func agent(_ fleet: Fleet, _ files: ModelFileFetcher) -> EngineMonitor {
        let id = AgentID("node")
        let models = ModelCatalogue(hostRoot: "", home: "/none", logger: silent("agent"))
        let link = MemoryLink(AgentDescription(id: id, epoch: 1), snapshot: { [] }, piece: { models.piece($0) }) {
            if case .piece(let piece) = $1 { files.take(piece, from: $0) }
        }
        link.connect()
        files.open { _, place in link.ask(for: place) }
        return EngineMonitor(models: models, logger: silent("agent")) { fleet.apply(.reports([$0]), from: id) }
    }

    private static func candidate(_ name: String, port: Int, _ tokenizer: String?) -> EngineCandidate {
        EngineCandidate(
            namespace: "dev", name: name, uid: name, node: "n", ip: "127.0.0.1",
            containers: [
                [
                    "command": ["vllm", "serve", "real"],
                    "args": .array(
                        ["--port", "\(port)", "--kv-events-config", events].map { .string($0) }
                            + (tokenizer.map { ["--tokenizer", .string($0)] } ?? [])),
                ]
            ], sharesFiles: true)
    }

    private static func table(_ engines: [Int]) -> RouteTable {
        let server = TargetServer(
            name: ObjectName(namespace: "dev", name: "server"), model: "real",
            endpoints: engines.enumerated().map { number, port in
                Endpoint(
                    engine: EngineID(namespace: "dev", pod: Self.pod(number), port: port), host: "127.0.0.1", node: "n")
            })
        let route = Route(
            name: ObjectName(namespace: "dev", name: "route"), model: "m", adapters: ["lora-a"],
            rules: [RouteRule(targets: [RouteTarget(server: "server")])])
        return RouteTable(routes: [route], servers: [server])
    }

    /// Waits until the fleet's picture is as wanted.
    func until(_ what: String, _ isSo: (FleetSnapshot) -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !isSo(fleet.snapshot) {
            guard ContinuousClock.now < deadline else { throw Overdue(description: "waited in vain until \(what)") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    struct Overdue: Error, CustomStringConvertible { var description: String }

    func load(_ snapshot: FleetSnapshot, _ number: Int) -> EngineLoad {
        let id = EngineID(namespace: "dev", pod: Self.pod(number), port: engines[number])
        return snapshot[id]?.load ?? EngineLoad()
    }
}
