package import AgentProtocol
import CZeroMQ
package import Logging
package import Observability
import ServiceLifecycle
import Synchronization

/// The coordinator's end of all links: listens for agents whose keys are listed, and hands on what they report.
///
/// 1. Nobody is let in but over CURVE and with a listed key.
/// 2. `deliver` is called on the link's own thread, for one agent in order; while it runs nothing is received, so a
///    slow receiver slows the agents down instead of filling memory.
package final class AgentLinkServer: Service {
    /// The endpoint as bound, with the port that the system chose for port 0.
    package let endpoint: String
    private let sockets: ServerSockets
    private let control: LinkControl
    private let questions = PieceQuestions()
    private let work = WaitingWork()
    private let makeLoop: @Sendable () -> ServerLoop

    /// Listens at once. `endpoint` is `tcp://HOST:PORT`; `allowedAgents` are public keys in Z85.
    package init(
        endpoint: String, keys: CurveKeys, allowedAgents: [String], metrics: MetricsRegistry, logger: Logger,
        agentsMax: Int = InboxHub.agentsMaxDefault, deliver: @escaping @Sendable (AgentID, LinkEvent) -> Void
    ) throws(LinkError) {
        guard LinkOptions.isEndpoint(endpoint) else { throw .badEndpoint(endpoint) }
        for key in allowedAgents where !CurveKeys.isKey(key) { throw .badKey(name: "An allowed agent's key") }
        let control = try LinkControl()
        let sockets = try ServerSockets(endpoint: endpoint, keys: keys, allowed: Set(allowedAgents))
        self.control = control
        self.sockets = sockets
        self.endpoint = sockets.router.lastEndpoint()
        let metrics = LinkMetrics(metrics)
        makeLoop = { [questions, work] in
            ServerLoop(
                sockets: sockets, control: control, hub: InboxHub(agentsMax: agentsMax), metrics: metrics,
                logger: logger, questions: questions, work: work, deliver: deliver)
        }
    }

    /// Asks an agent for a piece of files, which `deliver` gets where the agent is connected and answers.
    package func ask(_ agent: AgentID, for place: ModelFilesPlace) {
        questions.add(agent, place)
        control.wake.signal()
    }

    /// Tells an agent what is under way at its engines, for the other coordinators it is connected to; without any
    /// nothing is sent.
    package func tell(_ agent: AgentID, _ work: ReplicaWork) {
        self.work.add(agent, work)
        control.wake.signal()
    }

    deinit {
        // Sockets that no thread took over are closed here.
        if control.start() { sockets.close() }
    }

    /// Serves until cancelled or shut down gracefully; once.
    package func run() async throws {
        precondition(control.start(), "AgentLinkServer runs once")
        let control = control
        let makeLoop = makeLoop
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await LinkThread.run {
                var loop = makeLoop()
                loop.run()
            }
        } onCancelOrGracefulShutdown: {
            control.stop()
        }
    }
}

/// Starts once, stops once, and wakes the thread for it.
final class LinkControl: Sendable {
    let wake: Wake
    private let isStarted = Atomic(false)
    private let stopping = Atomic(false)

    init() throws(LinkError) { wake = try Wake() }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// False when it was started before.
    func start() -> Bool { !isStarted.exchange(true, ordering: .acquiringAndReleasing) }

    func stop() {
        stopping.store(true, ordering: .releasing)
        wake.signal()
    }
}

/// The sockets of a listening end.
struct ServerSockets: Sendable {
    let context: ZeroMQContext
    let router: ZeroMQSocket
    let monitor: ZeroMQSocket
    let authenticator: Authenticator

    init(endpoint: String, keys: CurveKeys, allowed: Set<String>) throws(LinkError) {
        guard unsafe zmq_has("curve") == 1 else { throw .noEncryption }
        let context = try ZeroMQContext()
        let authenticator = try Authenticator(context, allowed: allowed)
        let router: ZeroMQSocket
        do {
            router = try context.socket(ZMQ_ROUTER)
        } catch {
            authenticator.socket.close()
            throw error
        }
        do {
            try LinkOptions.applyServer(router, keys)
            monitor = try router.monitor(context, name: "router")
        } catch {
            router.close()
            authenticator.socket.close()
            throw error
        }
        self.context = context
        self.authenticator = authenticator
        self.router = router
        guard router.bind(endpoint) else {
            let reason = ZeroMQ.lastReason()
            close()
            throw .cannotListen(endpoint: endpoint, reason: reason)
        }
    }

    /// Afterwards the port is free.
    func close() {
        router.close()
        monitor.close()
        authenticator.socket.close()
        context.terminate()
    }
}
