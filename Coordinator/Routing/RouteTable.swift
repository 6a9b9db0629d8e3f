/// Every route and target at one moment.
///
/// 1. Routes are in order of precedence: of two that match, the first wins.
/// 2. A model name is looked up among base models before adapters.
package struct RouteTable: Sendable {
    package let routes: [Route]
    package let servers: [ObjectName: TargetServer]
    package let pools: [ObjectName: TargetServer]
    package let providers: [ObjectName: TargetServer]
    package let httpRoutes: HTTPRouteTable
    /// The listeners of Gateways; nil without the Gateway API: then each request is for all routes without parents.
    package let listeners: ListenerTable?
    private let byModel: [String: [Int]]
    private let byAdapter: [String: [Int]]

    package init(
        routes: [Route] = [], servers: [TargetServer] = [], pools: [TargetServer] = [], providers: [TargetServer] = [],
        httpRoutes: [HTTPRoute] = [], listeners: [Listener]? = nil
    ) {
        let sorted = routes.sorted(by: Route.precedes)
        var byModel: [String: [Int]] = [:]
        var byAdapter: [String: [Int]] = [:]
        for (index, route) in sorted.enumerated() {
            if !route.model.isEmpty { byModel[route.model, default: []].append(index) }
            for adapter in Set(route.adapters) { byAdapter[adapter, default: []].append(index) }
        }
        self.routes = sorted
        self.servers = Self.byName(servers, .modelServer)
        self.pools = Self.byName(pools, .inferencePool)
        self.providers = Self.byName(providers, .externalProvider)
        self.httpRoutes = HTTPRouteTable(httpRoutes)
        self.listeners = listeners.map { ListenerTable($0) }
        self.byModel = byModel
        self.byAdapter = byAdapter
    }

    private static func byName(_ targets: [TargetServer], _ backend: Backend) -> [ObjectName: TargetServer] {
        var byName: [ObjectName: TargetServer] = [:]
        for var target in targets {
            target.backend = backend
            byName[target.name] = target
        }
        return byName
    }

    /// What a match leads to; nil where no such object is known.
    package func target(of match: Match) -> TargetServer? {
        switch match.backend {
        case .modelServer: servers[match.server]
        case .inferencePool: pools[match.server]
        case .externalProvider: providers[match.server]
        }
    }

    /// Every target there is.
    package var targets: [TargetServer] { [servers, pools, providers].flatMap(\.values) }

    /// Every model and adapter name that a route serves, each once, in name order.
    package var modelNames: [String] { Set(byModel.keys).union(byAdapter.keys).sorted() }

    /// Some route is for this name, whatever its rules say.
    package func knows(_ model: String) -> Bool { byModel[model] != nil || byAdapter[model] != nil }

    /// Where a request goes before its pod is chosen.
    package struct Match: Sendable, Hashable {
        package var route: ObjectName
        package var rule: String
        /// The ModelServer, InferencePool or ExternalModelProvider, as `backend` says.
        package var server: ObjectName
        /// The request's model is an adapter, so its name is not rewritten.
        package var isAdapter: Bool
        package var backend = Backend.modelServer
        /// The listener the request came in on; nil without the Gateway API.
        package var listener: ListenerID?
        /// The path that engines get instead of the request's.
        package var path: String?
        /// The Host field that engines get instead of their own address.
        package var host: String?
    }

    /// The first route with a rule that holds; nil when there is none or its rule's weights are all zero. `draw` is a
    /// random number that picks among weighted targets.
    package func match(_ query: RouteQuery, draw: UInt64) -> Match? {
        let isAdapter = byModel[query.model] == nil
        for index in (isAdapter ? byAdapter[query.model] : byModel[query.model]) ?? [] {
            let route = routes[index]
            guard route.serves(query.listener) else { continue }
            guard let rule = route.rules.first(where: { !$0.targets.isEmpty && $0.holds(for: query) }) else { continue }
            guard let target = rule.target(draw: draw) else { return nil }
            return Match(
                route: route.name, rule: rule.name,
                server: ObjectName(namespace: route.name.namespace, name: target.server), isAdapter: isAdapter,
                backend: target.backend, listener: query.listener)
        }
        return nil
    }
}
