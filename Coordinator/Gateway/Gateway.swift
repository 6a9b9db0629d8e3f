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
/// 1. It serves before the first `update`, with no routes; `/readyz` says so.
/// 2. At shutdown it is not ready at once, goes on accepting for `readinessGrace`, then lets requests under way end
///    within `drainTimeout` and cuts off what is left.
package final class Gateway: Service, Sendable {
    let configuration: GatewayConfiguration
    let state: GatewayState
    private let ports: ListeningPorts
    let logger: Logger
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

    /// Shows this certificate on the router's own port from the next connection on. The port speaks TLS when one was
    /// given before `run`. The arguments are PEM; where they cannot be used, the certificate before stays.
    package func update(certificate: [UInt8], key: [UInt8]) throws(ServerIdentity.Unusable) {
        let reloads = state.metrics.fronts.reloads
        do {
            state.certificates.update(try ServerIdentity(certificate: certificate, key: key))
            reloads.add(1, ["taken"])
        } catch {
            reloads.add(1, ["refused"])
            throw error
        }
    }

    /// Shutdown began.
    package var isDraining: Bool { state.isDraining.load(ordering: .relaxed) }

    /// Why nothing listens on a port that a Gateway asks for, in one sentence; nil where something does.
    package func listenProblem(_ port: Int) -> String? { ports.problem(port) }

    /// Replaces the token limits of all models; of several for one model the first holds.
    package func limit(_ policies: [LimitPolicy]) { state.limiter.withLock { $0.update(policies) } }

    /// Replaces how engines are chosen; requests that begin afterwards go by it.
    package func update(_ policy: RoutingPolicy) { state.update(policy) }

    /// The record of a request: candidates, costs, attempts, tokens, times; nil when it is unknown or too old.
    package func decision(_ requestID: String) -> JSONValue? { state.decisions[requestID]?.json }

    /// The records of the last requests, newest first.
    package func decisions(latest count: Int) -> [JSONValue] { state.decisions.latest(count).map(\.json) }

    package func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, configuration.loops))
        do {
            let contexts = try await contexts(of: group)
            let channel = try await open(configuration.port, isMain: true, group, contexts)
            let port = channel.localAddress?.port ?? configuration.port
            state.mainPort.store(port, ordering: .relaxed)
            logger.info("Listening for requests", metadata: ["host": "\(configuration.host)", "port": "\(port)"])
            onReady(port)
            await withTaskGroup { tasks in
                if let log = state.accessLog { tasks.addTask { await log.run() } }
                await withTaskGroup { listening in
                    listening.addTask {
                        await self.ports.run(except: port) { try await self.open($0, isMain: false, group, contexts) }
                    }
                    await leave()
                    listening.cancelAll()
                }
                try? await channel.close().get()
                logger.info("Stopped listening for requests")
                await drain(contexts)
                tasks.cancelAll()
            }
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    typealias Contexts = [ObjectIdentifier: NIOLoopBound<LoopContext>]

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
        _ port: Int, isMain: Bool, _ group: MultiThreadedEventLoopGroup, _ contexts: Contexts
    ) async throws -> any Channel {
        let certificates = state.certificates
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let context = contexts[ObjectIdentifier(channel.eventLoop)]?.value else {
                        throw ChannelError.inappropriateOperationForState
                    }
                    if let choices = certificates.choices(port: port, isMain: isMain) {
                        try TLSEntrance.add(to: channel, context, choices)
                    } else {
                        try channel.pipeline.syncOperations.addHandler(FrontHandler(context))
                    }
                }
            }
        do {
            return try await bootstrap.bind(host: configuration.host, port: port).get()
        } catch {
            throw ListenError(error, host: configuration.host, port: port)
        }
    }
}
