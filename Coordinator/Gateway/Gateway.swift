package import Authentication
package import Governance
package import JSONValues
package import Logging
import NIOCore
import NIOPosix
import Observability
package import Routing
import ServiceLifecycle
import Synchronization

/// The HTTP face of the coordinator: OpenAI traffic in, engines' answers out.
///
/// It serves before the first `update`, with no routes; `/readyz` says so. At shutdown it stops accepting, is not ready
/// at once, and lets requests under way end within `drainTimeout`.
package final class Gateway: Service, Sendable {
    /// The listening socket could not be had.
    package struct ListenError: Error, CustomStringConvertible, Sendable {
        /// One sentence that says what to do.
        package var description: String
    }

    private let configuration: GatewayConfiguration
    private let state: GatewayState
    private let ports: ListeningPorts
    /// What belongs to each event loop, while it runs.
    let loops = Mutex<[NIOLoopBound<LoopContext>]>([])
    private let logger: Logger
    private let onReady: @Sendable (Int) -> Void

    /// `onReady` gets the bound port once the gateway listens.
    package init(
        _ configuration: GatewayConfiguration, fleet: FleetView = .empty, authenticator: Authenticator? = nil,
        metrics: GatewayMetrics, logger: Logger,
        onReady: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onReady = onReady
        ports = ListeningPorts(logger: logger)
        state = GatewayState(configuration, fleet: fleet, authenticator: authenticator, metrics: metrics)
    }

    /// Replaces every route and endpoint; requests that begin afterwards see them.
    package func update(_ table: RouteTable) {
        state.update(table)
        ports.want(table.listeners?.ports ?? [])
        state.isReady.store(true, ordering: .relaxed)
    }

    /// Why nothing listens on a port that a Gateway asks for, in one sentence; nil where something does.
    package func listenProblem(_ port: Int) -> String? { ports.problem(port) }

    /// Replaces the token limits of all models; of several for one model the first holds.
    package func limit(_ policies: [LimitPolicy]) { state.limiter.withLock { $0.update(policies) } }

    /// Replaces how engines are chosen; requests that begin afterwards go by it.
    package func update(_ policy: RoutingPolicy) { state.update(policy) }

    /// The record of a request: candidates, costs, attempts, tokens, times; nil when it is unknown or too old.
    package func decision(_ requestID: String) -> JSONValue? { state.decisions[requestID]?.json }

    /// Engines that were left alone lately, and each time that one was or was taken back.
    package var engineHealth: JSONValue { state.healthJSON }

    /// The records of the last requests, newest first.
    package func decisions(latest count: Int) -> [JSONValue] { state.decisions.latest(count).map(\.json) }

    package func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, configuration.loops))
        do {
            let contexts = try await contexts(of: group)
            loops.withLock { $0 = Array(contexts.values) }
            let channel = try await open(configuration.port, group, contexts)
            let port = channel.localAddress?.port ?? configuration.port
            state.mainPort.store(port, ordering: .relaxed)
            logger.info("Listening for requests", metadata: ["host": "\(configuration.host)", "port": "\(port)"])
            onReady(port)
            await withTaskGroup { tasks in
                if let log = state.accessLog { tasks.addTask { await log.run() } }
                await cancelWhenGracefulShutdown {
                    await self.ports.run(except: port) { try await self.open($0, group, contexts) }
                }
                await drain(channel, contexts)
                tasks.cancelAll()
            }
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    private typealias Contexts = [ObjectIdentifier: NIOLoopBound<LoopContext>]

    private func contexts(of group: MultiThreadedEventLoopGroup) async throws -> Contexts {
        var contexts: Contexts = [:]
        for loop in group.makeIterator() {
            let state = self.state
            contexts[ObjectIdentifier(loop)] = try await loop.submit {
                NIOLoopBound(LoopContext(loop, state), eventLoop: loop)
            }.get()
        }
        return contexts
    }

    private func open(
        _ port: Int, _ group: MultiThreadedEventLoopGroup, _ contexts: Contexts
    ) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: FrontHandler.waterMark)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let context = contexts[ObjectIdentifier(channel.eventLoop)]?.value else {
                        throw ChannelError.inappropriateOperationForState
                    }
                    try channel.pipeline.syncOperations.addHandler(FrontHandler(context))
                }
            }
        do {
            return try await bootstrap.bind(host: configuration.host, port: port).get()
        } catch {
            throw listenError(error, port)
        }
    }

    private func listenError(_ error: any Error, _ port: Int) -> ListenError {
        let place = "\(configuration.host):\(port)"
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            return ListenError(
                description:
                    "Cannot listen on \(place): the port is in use. Stop its owner or choose another port."
            )
        case EACCES:
            return ListenError(
                description: "Cannot listen on \(place): not allowed. Choose a port above 1023.")
        case EADDRNOTAVAIL:
            return ListenError(
                description:
                    "Cannot listen on \(place): no interface of this machine has that address. Choose another host.")
        default: return ListenError(description: "Cannot listen on \(place): \(error).")
        }
    }

    /// Stops accepting and waits for what is under way, as long as that may take.
    private func drain(_ channel: any Channel, _ contexts: Contexts) async {
        state.isDraining.store(true, ordering: .relaxed)
        try? await channel.close().get()
        let deadline = ContinuousClock.now + configuration.drainTimeout
        let isCancelled = Task.isCancelled
        while !isCancelled, state.active.load(ordering: .relaxed) > 0, ContinuousClock.now < deadline {
            // A cancelled task's sleep returns at once; then there is no more time to wait either.
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { break }
        }
        for context in contexts.values { context.execute { $0.pool.closeIdle() } }
        logger.info("Stopped listening for requests")
    }
}

extension NIOLoopBound {
    /// Runs on the loop.
    fileprivate func execute(_ body: @escaping @Sendable (Value) -> Void) where Value == LoopContext {
        eventLoop.execute { body(self.value) }
    }
}
