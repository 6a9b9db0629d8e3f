package import Authentication
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
/// 1. It serves before the first `update`, with no routes; `/readyz` says so.
/// 2. At shutdown it is not ready at once, goes on accepting for `readinessGrace`, then lets requests under way end
///    within `drainTimeout` and cuts off what is left.
package final class Gateway: Service, Sendable {
    let configuration: GatewayConfiguration
    let state: GatewayState
    private let ports: ListeningPorts
    /// Its event loops, once it runs.
    let running = Mutex<GatewayLoops?>(nil)
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

    /// Engines that were left alone lately, and each time that one was or was taken back.
    package var engineHealth: JSONValue { state.healthJSON }

    /// The records of the last requests, newest first.
    package func decisions(latest count: Int) -> [JSONValue] { state.decisions.latest(count).map(\.json) }

    package func run() async throws {
        let loops = try await GatewayLoops(count: max(1, configuration.loops), state)
        do {
            running.withLock { $0 = loops }
            let main = try await open(configuration.port, isMain: true, loops)
            state.mainPort.store(main.port, ordering: .relaxed)
            logger.info("Listening for requests", metadata: ["host": "\(configuration.host)", "port": "\(main.port)"])
            onReady(main.port)
            await withTaskGroup { tasks in
                if let models = TokenModels(state, loops, logger: logger) {
                    state.tokenThreads.start()
                    tasks.addTask {
                        var models = models
                        await models.run()
                    }
                }
                if let teller = state.replicaTeller { tasks.addTask { await teller.run(self.state) } }
                if let log = state.accessLog { tasks.addTask { await log.run() } }
                await withTaskGroup { listening in
                    listening.addTask {
                        await self.ports.run(except: main.port) { try await self.open($0, isMain: false, loops) }
                    }
                    await leave()
                    listening.cancelAll()
                }
                await main.close()
                logger.info("Stopped listening for requests")
                await drain(loops)
                tasks.cancelAll()
            }
        } catch {
            await loops.stop()
            throw error
        }
        await loops.stop()
        await state.tokenThreads.stop()
    }

    private func open(_ port: Int, isMain: Bool, _ loops: GatewayLoops) async throws -> GatewayLoops.OpenPort {
        do {
            return try await loops.open(host: configuration.host, port: port, isMain: isMain)
        } catch let error as SocketError {
            throw ListenError(error, host: configuration.host, port: port)
        }
    }
}
