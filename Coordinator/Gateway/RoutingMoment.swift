import Routing

/// The routes in force at one moment, with a plan for each target and a waiting room for each model.
final class RoutingMoment: Sendable {
    let table: RouteTable
    /// In the order of the table's targets.
    private let plans: [TargetPlan]
    /// In the order of the table's models.
    private let rooms: [WaitingRooms.Room]

    init(_ table: RouteTable = RouteTable(), plans: [TargetPlan] = [], rooms: [WaitingRooms.Room] = []) {
        self.table = table
        self.plans = plans
        self.rooms = rooms
    }

    /// Nil where the target is of another moment.
    func plan(for server: TargetServer) -> TargetPlan? {
        guard plans.indices.contains(server.number) else { return nil }
        let plan = plans[server.number]
        return plan.server.isIdentical(to: server) ? plan : nil
    }

    /// The room of a model of the table.
    func room(of model: ServedModel) -> WaitingRooms.Room { rooms[model.number] }
}
