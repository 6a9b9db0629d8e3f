/// Every HTTPRoute at one moment.
///
/// 1. Of the matches that hold for a request the first in the Gateway API's order decides: better hostname, better
///    match, older route, name of the route, order of rules.
package struct HTTPRouteTable: Sendable {
    /// One match of one rule under one hostname.
    private struct Candidate: Sendable {
        var hostname: Hostname?
        var match: HTTPMatch
        var rule: HTTPRule
        var route: ObjectName
        var createdAt: Int64
        var order: Int
    }

    /// What the rule that decides says.
    package enum Outcome: Sendable, Hashable {
        case matched(RouteTable.Match)
        /// All its targets have weight 0, or there are none.
        case noTarget(route: ObjectName)
        case none
    }

    private let byListener: [ListenerID: [Candidate]]
    private let pools: [ObjectName: TargetServer]

    /// `pools` are the targets that matches lead to.
    package init(_ routes: [HTTPRoute] = [], pools: [ObjectName: TargetServer] = [:]) {
        self.pools = pools
        var byListener: [ListenerID: [Candidate]] = [:]
        for route in routes {
            let candidates = Self.candidates(of: route)
            for listener in route.listeners { byListener[listener, default: []] += candidates }
        }
        self.byListener = byListener.mapValues { $0.sorted(by: Self.precedes) }
    }

    private static func candidates(of route: HTTPRoute) -> [Candidate] {
        let hostnames: [Hostname?] = route.hostnames.isEmpty ? [nil] : route.hostnames
        var candidates: [Candidate] = []
        for rule in route.rules {
            for match in rule.matches {
                for hostname in hostnames {
                    candidates.append(
                        Candidate(
                            hostname: hostname, match: match, rule: rule, route: route.name,
                            createdAt: route.createdAt, order: candidates.count))
                }
            }
        }
        return candidates
    }

    private static func precedes(_ left: Candidate, _ right: Candidate) -> Bool {
        if let isBetter = hostnamePrecedes(left.hostname, right.hostname) { return isBetter }
        if let isBetter = HTTPMatch.precedes(left.match, right.match) { return isBetter }
        if left.createdAt != right.createdAt { return left.createdAt < right.createdAt }
        if left.route != right.route { return left.route < right.route }
        return left.order < right.order
    }

    private static func hostnamePrecedes(_ left: Hostname?, _ right: Hostname?) -> Bool? {
        guard let left else { return right == nil ? nil : false }
        guard let right else { return true }
        if left.isWildcard != right.isWildcard { return !left.isWildcard }
        return left.length == right.length ? nil : left.length > right.length
    }

    /// The rule for a request of a listener. `draw` is a random number that picks among weighted targets.
    package func match(_ query: RouteQuery, draw: UInt64) -> Outcome {
        guard let listener = query.listener, let candidates = byListener[listener] else { return .none }
        let host = Hostname.name(inHostField: query.header("host"))
        let found = candidates.first { ($0.hostname?.holds(for: host) ?? true) && $0.match.holds(for: query) }
        guard let found else { return .none }
        guard let pool = found.rule.pool(draw: draw) else { return .noTarget(route: found.route) }
        let rewrite = found.rule.rewrite
        return .matched(
            RouteTable.Match(
                route: found.route, rule: found.rule.name, server: pool, backend: .inferencePool, target: pools[pool],
                path: rewrite.path(for: query.path, matched: found.match.path), host: rewrite.hostname))
    }
}
