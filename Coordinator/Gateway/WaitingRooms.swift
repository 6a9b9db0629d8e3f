import AgentProtocol
import Governance
import HTTPWire
import NIOCore
import Observability
import Routing
import Synchronization

/// The waiting rooms of all models, shared by the event loops; whoever waits is called back on its own loop.
///
/// There is a room only for models that some route serves, and for those that somebody still waits for.
final class WaitingRooms: Sendable {
    /// The room of one model, with a lock of its own.
    final class Room: Sendable {
        let model: String
        fileprivate let state: Mutex<State>

        fileprivate struct State {
            var room: WaitingRoom
            var guests: [UInt64: Guest] = [:]
            var engines: [EngineID] = []
            var hasAlarm = false
            var lastID: UInt64 = 0
        }

        fileprivate init(_ model: String, _ policy: WaitingPolicy) {
            self.model = model
            state = Mutex(State(room: WaitingRoom(policy)))
        }
    }

    /// A request's place, inside or waiting.
    struct Ticket: Sendable {
        fileprivate var room: Room
        fileprivate var visitor: WaitingRoom.Visitor
    }

    fileprivate struct Guest {
        var since: Duration
        var resume: @Sendable () -> Void
    }

    let policy: WaitingPolicy
    /// Nobody goes on because of the time alone, so nothing is timed before somebody waits.
    private let isTimeless: Bool
    private let metrics: WaitingMetrics
    private let fleet: FleetView
    private let clock: @Sendable () -> Duration
    private let rooms = Mutex<[String: Room]>([:])

    init(_ policy: WaitingPolicy, metrics: WaitingMetrics, fleet: FleetView, clock: @escaping @Sendable () -> Duration)
    {
        self.policy = policy
        self.metrics = metrics
        self.fleet = fleet
        self.clock = clock
        isTimeless = policy.order == .arrival
    }

    /// The room of each model that routes serve, in the order of the table's models.
    func update(_ table: RouteTable) -> [Room] {
        var engines: [String: [EngineID]] = [:]
        for route in table.routes {
            let servers = Set(route.rules.flatMap { $0.targets.map(\.server) })
            let found = servers.flatMap { name in
                table.servers[ObjectName(namespace: route.name.namespace, name: name)]?.endpoints.map(\.engine) ?? []
            }
            for model in [route.model] + route.adapters where !model.isEmpty { engines[model, default: []] += found }
        }
        let sets = engines.mapValues { Array(Set($0)) }
        return rooms.withLock { rooms in
            rooms = rooms.filter { name, room in
                room.state.withLock { state in
                    state.engines = sets[name] ?? []
                    return sets[name] != nil || !state.room.isIdle
                }
            }
            return table.models.map { served in
                if let room = rooms[served.name] { return room }
                let room = Room(served.name, policy)
                room.state.withLock { $0.engines = sets[served.name] ?? [] }
                rooms[served.name] = room
                return room
            }
        }
    }

    /// A request arrives. Where it waits, what `resume` gives runs once it may go on, unless it leaves before.
    func enter(
        _ room: Room, user: String?, session: String?, bytes: Int, on loop: any EventLoop,
        resume: () -> @Sendable () -> Void
    ) -> (ticket: Ticket, arrival: WaitingRoom.Arrival) {
        let now = isTimeless ? .zero : clock()
        let (ticket, arrival) = room.state.withLock { state in
            state.lastID += 1
            let visitor = WaitingRoom.Visitor(id: state.lastID, user: user, session: session, bytes: bytes)
            let arrival = state.room.arrive(visitor, capacity(state.engines), now: now)
            if arrival == .waits { state.guests[visitor.id] = Guest(since: clock(), resume: resume()) }
            return (Ticket(room: room, visitor: visitor), arrival)
        }
        switch arrival {
        case .admitted: metrics.entered(room.model, after: nil)
        case .waits:
            metrics.size(room.model, 1)
            advance(room, on: loop)
        case .full: break
        }
        return (ticket, arrival)
    }

    /// A request is over, or gives up waiting; true when it had been waiting.
    @discardableResult func leave(_ ticket: Ticket, _ record: RequestRecord, on loop: any EventLoop) -> Bool {
        let now = isTimeless ? .zero : clock()
        let (wasWaiting, others) = ticket.room.state.withLock { state -> (Bool, Int) in
            if !state.guests.isEmpty, state.guests.removeValue(forKey: ticket.visitor.id) != nil {
                _ = state.room.leave(ticket.visitor.id)
                return (true, state.room.waitingCount)
            }
            state.room.release(
                ticket.visitor, promptTokens: record.usage?.promptTokens ?? record.promptTokens,
                completionTokens: record.outputTokens ?? 0, isAnswered: record.status == 200, now: now)
            return (false, state.room.waitingCount)
        }
        let model = ticket.room.model
        if wasWaiting {
            metrics.size(model, -1)
            metrics.cancelled(model)
        } else {
            metrics.left(model)
        }
        if others > 0 { advance(ticket.room, on: loop) }
        return wasWaiting
    }

    /// Lets in whoever may go on, and comes back when that changes with time.
    private func advance(_ room: Room, on loop: any EventLoop) {
        let now = clock()
        let (guests, alarm) = room.state.withLock { state -> ([Guest], Duration?) in
            guard state.room.waitingCount > 0 else { return ([], nil) }
            let admitted = state.room.admit(capacity(state.engines), now: now)
            let guests = admitted.compactMap { state.guests.removeValue(forKey: $0.id) }
            guard !state.hasAlarm, let opens = state.room.opens(now: now) else { return (guests, nil) }
            state.hasAlarm = true
            return (guests, opens)
        }
        for guest in guests {
            metrics.size(room.model, -1)
            metrics.entered(room.model, after: now - guest.since)
            guest.resume()
        }
        guard let alarm else { return }
        loop.scheduleTask(in: TimeAmount(max(.milliseconds(1), alarm - now))) { [weak self] in
            guard let self else { return }
            room.state.withLock { $0.hasAlarm = false }
            self.advance(room, on: loop)
        }
    }

    private func capacity(_ engines: [EngineID]) -> WaitingRoom.Capacity {
        guard case .sessionBoost = policy.order, !engines.isEmpty else {
            return WaitingRoom.Capacity(pods: engines.isEmpty ? nil : engines.count)
        }
        let facts = fleet.snapshot()
        let isIdle = engines.contains { facts($0).map { $0.load.waiting == 0 } ?? true }
        return WaitingRoom.Capacity(pods: engines.count, hasIdleEngine: isIdle)
    }
}
