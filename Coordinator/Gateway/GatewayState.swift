import Governance
import NIOCore
import Routing
import Synchronization

/// What every event loop of a gateway shares. Locks are held for microseconds and never across a callback.
final class GatewayState: Sendable {
    let configuration: GatewayConfiguration
    let fleet: FleetView
    let metrics: GatewayMetrics
    let decisions: DecisionLog
    let prompts: PromptCache
    let accessLog: AccessLog?
    let inFlight = Mutex(InFlight())
    let limiter = Mutex(RateLimiter())
    /// Where prompts were sent lately; only kept while the policy reads it.
    let prefixes = Mutex(PrefixTable())
    private let table = Mutex(RouteTable())
    private let plans = Mutex<[ObjectName: TargetPlan]>([:])
    private let currentPolicy = Mutex(RoutingPolicy.standard)
    /// Requests under way, of all kinds.
    let active = Atomic(0)
    let isReady = Atomic(false)
    let isDraining = Atomic(false)

    init(_ configuration: GatewayConfiguration, fleet: FleetView, metrics: GatewayMetrics) {
        self.configuration = configuration
        self.fleet = fleet
        self.metrics = metrics
        decisions = DecisionLog(capacity: configuration.decisionsMax)
        prompts = PromptCache(bytesMax: configuration.promptCacheBytesMax)
        accessLog = configuration.accessLog.map { AccessLog(write: $0) }
    }

    var routes: RouteTable { table.withLock { $0 } }

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
        let engines = Set(table.servers.values.flatMap { $0.endpoints.map(\.engine) })
        let plans = inFlight.withLock { inFlight in
            inFlight.keep(only: engines)
            return table.servers.mapValues { server in
                TargetPlan(server, numbers: inFlight.enlist(server.endpoints.map(\.engine)))
            }
        }
        prefixes.withLock { $0.keep(only: engines) }
        self.plans.withLock { $0 = plans }
        self.table.withLock { $0 = table }
    }

    /// The plan for a target of the route table; one made for the occasion where the table is already another.
    func plan(for server: TargetServer) -> TargetPlan {
        if let plan = plans.withLock({ $0[server.name] }) { return plan }
        let engines = server.endpoints.map(\.engine)
        return TargetPlan(server, numbers: inFlight.withLock { $0.enlist(engines) })
    }
}

/// What belongs to one event loop; only used on it.
final class LoopContext {
    let loop: any EventLoop
    let state: GatewayState
    let timer: LoopTimer
    let pool: UpstreamPool
    var random = SystemRandomNumberGenerator()
    var sharedLimiters = SharedLimiters()

    init(_ loop: any EventLoop, _ state: GatewayState) {
        self.loop = loop
        self.state = state
        timer = LoopTimer(loop)
        pool = UpstreamPool(loop: loop, timer: timer, connectTimeout: state.configuration.connectTimeout)
    }

    /// A request id in the form of a random UUID.
    func requestID() -> String {
        let digits = Array("0123456789abcdef".utf8)
        let (high, low) = (random.next(), random.next())
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for nibble in 0..<32 {
            if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 { text.append(UInt8(ascii: "-")) }
            let word = nibble < 16 ? high : low
            var value = UInt8(truncatingIfNeeded: word >> UInt64(60 - nibble % 16 * 4)) & 15
            if nibble == 12 { value = 4 }
            if nibble == 16 { value = value & 3 | 8 }
            text.append(digits[Int(value)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
