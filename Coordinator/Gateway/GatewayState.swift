import Authentication
import Governance
import NIOCore
import Observability
import Routing
import Synchronization

/// What every event loop of a gateway shares. Locks are held for microseconds and never across a callback.
final class GatewayState: Sendable {
    let configuration: GatewayConfiguration
    let fleet: FleetView
    let metrics: GatewayMetrics
    let decisions: DecisionLog
    let prompts: PromptCache
    /// Nil where engines are asked for all tokens.
    let trust: TokenTrust?
    let tokenThreads: TokenThreads
    let accessLog: AccessLog?
    let inFlight = Mutex(InFlight())
    /// Nil where there is no way to other replicas.
    let replicaTeller: ReplicaTeller?
    let retries: Mutex<RetryBudget>
    let health: HealthLog
    let limiter = Mutex(RateLimiter())
    let authenticator: Authenticator?
    let rooms: WaitingRooms
    /// Where prompts were sent lately; only kept while the policy reads it.
    let prefixes = SharedPrefixes()
    private let moment = Mutex(RoutingMoment())
    private let currentPolicy = Mutex(RoutingPolicy.standard)
    /// Requests under way, of all kinds.
    let active = Atomic(0)
    let isReady = Atomic(false)
    /// Shutdown began: not ready, and every answer closes its connection.
    let isDraining = Atomic(false)
    /// The time of requests under way is over.
    let isCuttingOff = Atomic(false)
    /// Open connections of clients, whatever they speak.
    let connections = Atomic(0)
    let certificates: PortCertificates
    /// The router's own port, once it listens.
    let mainPort = Atomic(0)
    let tls: UpstreamTLSContexts

    init(
        _ configuration: GatewayConfiguration, fleet: FleetView, authenticator: Authenticator?, metrics: GatewayMetrics
    ) {
        self.configuration = configuration
        self.authenticator = authenticator
        rooms = WaitingRooms(
            configuration.waiting, metrics: metrics.governance.waiting(configuration.waiting), fleet: fleet,
            clock: configuration.clock)
        self.fleet = fleet
        self.metrics = metrics
        decisions = DecisionLog(capacity: configuration.decisionsMax)
        replicaTeller = fleet.replicas.map { ReplicaTeller($0) }
        prompts = PromptCache(bytesMax: configuration.promptCacheBytesMax)
        trust = configuration.modelFolder == nil && fleet.modelFiles == nil ? nil : TokenTrust()
        tokenThreads = TokenThreads(count: max(1, configuration.loops))
        retries = Mutex(configuration.health.budget)
        health = HealthLog(metrics.health)
        inFlight.withLock { inFlight in
            inFlight.breakerPolicy = configuration.health.breaker
            inFlight.watchPolicy = configuration.health.watch
        }
        certificates = PortCertificates(times: metrics.fronts.certificates)
        tls = UpstreamTLSContexts(trustFile: configuration.upstreamTrustFile)
        accessLog = configuration.accessLog.map {
            AccessLog(configuration.accessLogFormat, dropped: metrics.droppedLines.cell(), write: $0)
        }
        beginCollecting()
        hearReplicas()
    }

    /// Requests have to prove who sends them.
    var asksWho: Bool { authenticator?.isActive ?? false }

    /// The routes that are in force.
    var routing: RoutingMoment { moment.withLock { $0 } }

    var routes: RouteTable { routing.table }

    /// How engines are chosen; a request keeps the policy it began with.
    var policy: RoutingPolicy { currentPolicy.withLock { $0 } }

    func update(_ policy: RoutingPolicy) {
        let old = currentPolicy.withLock { current in
            defer { current = policy }
            return current
        }
        guard old.prefix != policy.prefix else { return }
        prefixes.withLock { $0 = PrefixTable(hashesMax: policy.prefix?.hashesMax ?? 1) }
    }

    func update(_ table: RouteTable) {
        let engines = Set(table.targets.flatMap { $0.endpoints.map(\.engine) })
        let plans = inFlight.withLock { inFlight in
            inFlight.keep(only: engines)
            return table.targets.map { TargetPlan($0, numbers: inFlight.enlist($0.endpoints.map(\.engine))) }
        }
        prefixes.withLock { $0.keep(only: engines) }
        let rooms = rooms.update(table)
        certificates.update(table.listeners?.all ?? [])
        moment.withLock { $0 = RoutingMoment(table, plans: plans, rooms: rooms) }
    }

    /// The plan for a target of the route table; one made for the occasion where the table is already another.
    func plan(for server: TargetServer) -> TargetPlan {
        if let plan = routing.plan(for: server) { return plan }
        let engines = server.endpoints.map(\.engine)
        return TargetPlan(server, numbers: inFlight.withLock { $0.enlist(engines) })
    }
}

/// What belongs to one event loop; only used on it.
final class LoopContext {
    let loop: any EventLoop
    /// From 0, another one for each loop of a gateway.
    let number: Int
    let state: GatewayState
    let timer: LoopTimer
    let pool: UpstreamPool
    let series: SeriesCache
    var random = LoopRandom()
    /// Where channels live that serve this loop: itself, or a loop of NIO's beside one that has no channels.
    let companion: any EventLoop
    /// Where connections go that need a channel; nil on a loop that has channels.
    var entrance: ChannelEntrance?
    var sharedLimiters = SharedLimiters()
    var rendezvous = RendezvousBook()

    init(_ loop: any EventLoop, number: Int, companion: any EventLoop, _ state: GatewayState) {
        self.loop = loop
        self.number = number
        self.companion = companion
        self.state = state
        series = SeriesCache(state.metrics, state.configuration.accessLogFormat)
        timer = LoopTimer(loop)
        pool = UpstreamPool(
            loop: loop, companion: companion, timer: timer, connectTimeout: state.configuration.connectTimeout,
            tls: state.tls)
    }
}
