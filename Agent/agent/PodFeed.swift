import Engines
import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import ProcessRuntime
import ServiceLifecycle
import Synchronization

/// Keeps the runtime and the engine monitor in step with the pods of this agent's nodes.
final class PodFeed: Service {
    /// Changes closer together than this are handed on once.
    static let settleTime = Duration.milliseconds(10)

    private let pods: Informer
    private let services: Informer?
    private let nodes: Set<String>
    private let runtime: ProcessRuntime?
    private let engines: EngineMonitor
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation
    private let isClosed = Mutex(false)

    init(
        client: KubernetesClient, nodes: [String], runtime: ProcessRuntime?, engines: EngineMonitor, logger: Logger
    ) {
        // One node's pods are asked for by the server's index, several are picked out here.
        let selector = nodes.count == 1 ? "spec.nodeName=\(nodes[0])" : nil
        pods = Informer(client, .pod, fieldSelector: selector, logger: logger)
        services = runtime == nil ? nil : Informer(client, .service, logger: logger)
        self.nodes = Set(nodes)
        self.runtime = runtime
        self.engines = engines
        // One pending note is enough: everything is handed on each time.
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        pods.onChange { [changed] _ in changed.yield() }
        services?.onChange { [changed] _ in changed.yield() }
    }

    var informers: [any Service] { [pods] + (services.map { [$0] } ?? []) }

    var isSynced: Bool { pods.isSynced && (services?.isSynced ?? true) }

    func run() async throws {
        await pods.waitUntilSynced()
        await services?.waitUntilSynced()
        handOn()
        for await _ in changes.cancelOnGracefulShutdown() {
            handOn()
            try? await Task.sleep(for: Self.settleTime)
        }
    }

    /// Hands nothing on any more, so that pods that are being stopped are not started again.
    func close() { isClosed.withLock { $0 = true } }

    private func handOn() {
        guard isSynced, !isClosed.withLock({ $0 }) else { return }
        let mine = pods.objects.map { Pod($0) }.filter { $0.nodeName.map(nodes.contains) ?? false }
        runtime?.sync(pods: mine, services: services?.objects ?? [])
        engines.update(mine.compactMap { Self.candidate($0, sharesFiles: runtime != nil) })
    }

    /// A pod as the engine monitor sees it; nil while it has no address.
    private static func candidate(_ pod: Pod, sharesFiles: Bool) -> EngineCandidate? {
        guard let ip = pod.podIP, let node = pod.nodeName else { return nil }
        return EngineCandidate(
            namespace: pod.key.namespace, name: pod.key.name, uid: pod.uid, node: node, ip: ip,
            labels: pod.object.labels, containers: pod.containers, restartCount: pod.restartCount,
            isHostNetwork: pod.object.spec["hostNetwork"]?.bool ?? false,
            volumes: pod.object.spec["volumes"]?.elements ?? [], sharesFiles: sharesFiles)
    }
}

/// Stops every pod's processes at shutdown, before the runtime itself stops.
struct StopPods: Service {
    /// Seconds pods get before the agent goes without waiting any longer.
    static let secondsMax = 15

    var runtime: ProcessRuntime
    var feed: PodFeed

    func run() async throws {
        try? await gracefulShutdown()
        feed.close()
        runtime.sync(pods: [])
        for _ in 0..<Self.secondsMax * 20 where !runtime.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
    }
}
