/// One model or adapter name with all that routes say of it, worked out once a table.
package final class ServedModel: Sendable {
    /// One rule of a route, with a match for each of its targets.
    private final class Rule: Sendable {
        let route: Route
        let rule: RouteRule
        let matches: [RouteTable.Match]
        let hasConditions: Bool

        init(_ route: Route, _ rule: RouteRule, isAdapter: Bool, _ target: (Backend, ObjectName) -> TargetServer?) {
            self.route = route
            self.rule = rule
            hasConditions = rule.hasConditions
            matches = rule.targets.map { wanted in
                let name = ObjectName(namespace: route.name.namespace, name: wanted.server)
                return RouteTable.Match(
                    route: route.name, rule: rule.name, server: name, backend: wanted.backend,
                    target: target(wanted.backend, name), isAdapter: isAdapter)
            }
        }
    }

    package let name: String
    /// Its place among the models of its RouteTable.
    package let number: Int
    /// Rules of all its routes in order of precedence; those without targets are left out.
    private let rules: [Rule]

    /// `routes` are in order of precedence; `target` finds an object by its kind and name.
    init(
        _ name: String, number: Int, _ routes: [Route], isAdapter: Bool,
        target: (Backend, ObjectName) -> TargetServer?
    ) {
        self.name = name
        self.number = number
        rules = routes.flatMap { route in
            route.rules.filter { !$0.targets.isEmpty }.map { Rule(route, $0, isAdapter: isAdapter, target) }
        }
    }

    /// What the first rule that holds leads to; nil when there is none or its weights are all zero. `draw` is a random
    /// number that picks among weighted targets. `query` is only asked for where a rule has conditions.
    package func match(listener: ListenerID?, draw: UInt64, query: () -> RouteQuery) -> RouteTable.Match? {
        var asked: RouteQuery?
        for rule in rules where rule.route.serves(listener) {
            if rule.hasConditions {
                let known = asked ?? query()
                asked = known
                guard rule.rule.holds(for: known) else { continue }
            }
            return rule.rule.target(draw: draw).map { rule.matches[$0] }
        }
        return nil
    }
}
