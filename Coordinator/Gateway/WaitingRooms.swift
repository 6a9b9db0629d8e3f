import AgentProtocol
import Governance
import HTTPWire
import NIOCore
import Observability
import Routing
import Synchronization

/// The waiting rooms of all models, shared by the event loops; whoever waits is called back on its own loop.
///
/// There is a room only for models that some route serves.
final class WaitingRooms: Sendable {
    /// A request's place, inside or waiting.
    struct Ticket: Sendable {
        var model: String
        var visitor: WaitingRoom.Visitor
        var since: Duration
    }

    private struct Guest {
        var since: Duration
        var resume: @Sendable () -> Void
    }

    private struct State {
        var rooms: [String: WaitingRoom] = [:]
        var guests: [UInt64: Guest] = [:]
        var engines: [String: [EngineID]] = [:]
        var alarms: Set<String> = []
        var lastID: UInt64 = 0
    }

    let policy: WaitingPolicy
    private let metrics: WaitingMetrics
    private let fleet: FleetView
    private let clock: @Sendable () -> Duration
    private let state = Mutex(State())

    init(_ policy: WaitingPolicy, metrics: WaitingMetrics, fleet: FleetView, clock: @escaping @Sendable () -> Duration)
    {
        self.policy = policy
        self.metrics = metrics
        self.fleet = fleet
        self.clock = clock
    }

    /// The models that routes serve, with their engines.
    func update(_ table: RouteTable) {
        var engines: [String: [EngineID]] = [:]
        for route in table.routes {
            let servers = Set(route.rules.flatMap { $0.targets.map(\.server) })
            let found = servers.flatMap { name in
                table.servers[ObjectName(namespace: route.name.namespace, name: name)]?.endpoints.map(\.engine) ?? []
            }
            for model in [route.model] + route.adapters where !model.isEmpty { engines[model, default: []] += found }
        }
        let sets = engines.mapValues { Array(Set($0)) }
        state.withLock { state in
            state.engines = sets
            state.rooms = state.rooms.filter { sets[$0.key] != nil || !$0.value.isIdle }
        }
    }

    /// A request arrives. Where it waits, what `resume` gives runs once it may go on, unless it leaves before.
    func enter(
        _ model: String, user: String?, session: String?, bytes: Int, on loop: any EventLoop,
        resume: () -> @Sendable () -> Void
    ) -> (ticket: Ticket, arrival: WaitingRoom.Arrival) {
        let now = clock()
        let (ticket, arrival) = state.withLock { state in
            state.lastID += 1
            let visitor = WaitingRoom.Visitor(id: state.lastID, user: user, session: session, bytes: bytes)
            let capacity = self.capacity(state, model)
            let arrival = state.rooms[model, default: WaitingRoom(policy)].arrive(visitor, capacity, now: now)
            if arrival == .waits { state.guests[visitor.id] = Guest(since: now, resume: resume()) }
            return (Ticket(model: model, visitor: visitor, since: now), arrival)
        }
        switch arrival {
        case .admitted: metrics.entered(model, after: nil)
        case .waits:
            metrics.size(model, 1)
            advance(model, on: loop)
        case .full: break
        }
        return (ticket, arrival)
    }

    /// A request is over, or gives up waiting; true when it had been waiting.
    @discardableResult func leave(_ ticket: Ticket, _ record: RequestRecord, on loop: any EventLoop) -> Bool {
        let now = clock()
        let (wasWaiting, others) = state.withLock { state -> (Bool, Int) in
            if state.guests.removeValue(forKey: ticket.visitor.id) != nil {
                _ = state.rooms[ticket.model]?.leave(ticket.visitor.id)
                return (true, state.rooms[ticket.model]?.waitingCount ?? 0)
            }
            state.rooms[ticket.model]?.release(
                ticket.visitor, promptTokens: record.usage?.promptTokens ?? record.promptTokens,
                completionTokens: record.outputTokens ?? 0, isAnswered: record.status == 200, now: now)
            return (false, state.rooms[ticket.model]?.waitingCount ?? 0)
        }
        if wasWaiting {
            metrics.size(ticket.model, -1)
            metrics.cancelled(ticket.model)
        } else {
            metrics.left(ticket.model)
        }
        if others > 0 { advance(ticket.model, on: loop) }
        return wasWaiting
    }

    /// Lets in whoever may go on, and comes back when that changes with time.
    private func advance(_ model: String, on loop: any EventLoop) {
        let now = clock()
        let (guests, alarm) = state.withLock { state -> ([Guest], Duration?) in
            guard state.rooms[model]?.waitingCount ?? 0 > 0 else { return ([], nil) }
            let capacity = self.capacity(state, model)
            let admitted = state.rooms[model]?.admit(capacity, now: now) ?? []
            let guests = admitted.compactMap { state.guests.removeValue(forKey: $0.id) }
            guard !state.alarms.contains(model), let opens = state.rooms[model]?.opens(now: now) else {
                return (guests, nil)
            }
            state.alarms.insert(model)
            return (guests, opens)
        }
        for guest in guests {
            metrics.size(model, -1)
            metrics.entered(model, after: now - guest.since)
            guest.resume()
        }
        guard let alarm else { return }
        loop.scheduleTask(in: TimeAmount(max(.milliseconds(1), alarm - now))) { [weak self] in
            guard let self else { return }
            _ = self.state.withLock { $0.alarms.remove(model) }
            self.advance(model, on: loop)
        }
    }

    private func capacity(_ state: State, _ model: String) -> WaitingRoom.Capacity {
        let engines = state.engines[model] ?? []
        guard case .sessionBoost = policy.order, !engines.isEmpty else {
            return WaitingRoom.Capacity(pods: engines.isEmpty ? nil : engines.count)
        }
        let facts = fleet.snapshot()
        let isIdle = engines.contains { facts($0).map { $0.load.waiting == 0 } ?? true }
        return WaitingRoom.Capacity(pods: engines.count, hasIdleEngine: isIdle)
    }
}
