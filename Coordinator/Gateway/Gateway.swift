package import Authentication
import Glibc
package import Governance
package import JSONValues
package import Logging
import Observability
package import Routing
import ServiceLifecycle
import Sockets
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

    /// The records of the last requests, newest first.
    package func decisions(latest count: Int) -> [JSONValue] { state.decisions.latest(count).map(\.json) }

    package func run() async throws {
        let loops = try await GatewayLoops(count: max(1, configuration.loops), state)
        do {
            let main = try await open(configuration.port, loops)
            state.mainPort.store(main.port, ordering: .relaxed)
            logger.info("Listening for requests", metadata: ["host": "\(configuration.host)", "port": "\(main.port)"])
            onReady(main.port)
            await withTaskGroup { tasks in
                if let log = state.accessLog { tasks.addTask { await log.run() } }
                await cancelWhenGracefulShutdown {
                    await self.ports.run(except: main.port) { try await self.open($0, loops) }
                }
                await drain(main, loops)
                tasks.cancelAll()
            }
        } catch {
            await loops.stop()
            throw error
        }
        await loops.stop()
    }

    private func open(_ port: Int, _ loops: GatewayLoops) async throws -> GatewayLoops.OpenPort {
        do {
            return try await loops.open(host: configuration.host, port: port)
        } catch let error as SocketError {
            throw listenError(error, port)
        }
    }

    private func listenError(_ error: SocketError, _ port: Int) -> ListenError {
        let place = "\(configuration.host):\(port)"
        switch error.code {
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
    private func drain(_ main: GatewayLoops.OpenPort, _ loops: GatewayLoops) async {
        state.isDraining.store(true, ordering: .relaxed)
        await main.close()
        let deadline = ContinuousClock.now + configuration.drainTimeout
        let isCancelled = Task.isCancelled
        while !isCancelled, state.active.load(ordering: .relaxed) > 0, ContinuousClock.now < deadline {
            // A cancelled task's sleep returns at once; then there is no more time to wait either.
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { break }
        }
        loops.closeIdle()
        logger.info("Stopped listening for requests")
    }
}
