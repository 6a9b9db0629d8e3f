import Routing

/// The routes in force at one moment, with a plan for each target.
final class RoutingMoment: Sendable {
    let table: RouteTable
    /// In the order of the table's targets.
    private let plans: [TargetPlan]

    init(_ table: RouteTable = RouteTable(), plans: [TargetPlan] = []) {
        self.table = table
        self.plans = plans
    }

    /// Nil where the target is of another moment.
    func plan(for server: TargetServer) -> TargetPlan? {
        guard plans.indices.contains(server.number) else { return nil }
        let plan = plans[server.number]
        return plan.server.isIdentical(to: server) ? plan : nil
    }
}
