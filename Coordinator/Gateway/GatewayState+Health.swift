import AgentProtocol
import JSONValues
import NIOCore
import Routing
import Synchronization

extension GatewayState {
    /// Ends leases and tells what that says of their engines.
    func end(_ leases: [InFlight.Lease], _ outcome: InFlight.Outcome) {
        let now = NIODeadline.now().duration
        for lease in leases {
            if let change = withLedger({ $0.end(lease, outcome, now: now) }) { health.note(change) }
        }
    }

    /// The first byte of an answer came.
    func produced(_ lease: InFlight.Lease) {
        let now = NIODeadline.now().duration
        if let change = withLedger({ $0.produced(lease, now: now) }) { health.note(change) }
    }

    /// More of an answer came.
    func moved(_ lease: InFlight.Lease, _ now: NIODeadline) {
        if let change = inFlight.withLock({ $0.moved(lease, now: now.duration) }) { health.note(change) }
    }

    /// Whether the engine of a request that still waits for its first byte is stuck.
    func isStuck(_ lease: InFlight.Lease, _ now: NIODeadline) -> Bool {
        let isDue = inFlight.withLock { $0.isDue(lease, now: now.duration) }
        let load = isDue ? fleet.snapshot()(lease.engine)?.load : nil
        let (isStuck, change) = inFlight.withLock { $0.judge(lease, load: load, now: now.duration) }
        if let change { health.note(change) }
        return isStuck
    }

    /// Requests under way at a target's engines.
    func live(_ server: TargetServer) -> Int {
        inFlight.withLock { inFlight in server.endpoints.reduce(0) { $0 + inFlight.requests($1.engine) } }
    }

    /// Engines that were left alone, and the last changes.
    var healthJSON: JSONValue {
        let now = NIODeadline.now().duration
        let standings = inFlight.withLock { $0.standings(now: now) }.map { standing -> JSONValue in
            let state = standing.isClosed ? "closed" : standing.isLeftAlone ? "open" : "halfOpen"
            return [
                "engine": .string(standing.engine.description), "state": .string(state),
                "lastCause": .string(standing.cause.rawValue), "requests": JSONValue(standing.requests),
            ]
        }
        return ["engines": .array(standings), "changes": .array(health.json)]
    }
}
