/// Every route and target at one moment.
///
/// 1. Routes are in order of precedence: of two that match, the first wins.
/// 2. A model name is looked up among base models before adapters.
package final class RouteTable: Sendable {
    package let routes: [Route]
    package let servers: [ObjectName: TargetServer]
    package let pools: [ObjectName: TargetServer]
    package let providers: [ObjectName: TargetServer]
    package let httpRoutes: HTTPRouteTable
    /// The listeners of Gateways; nil without the Gateway API: then each request is for all routes without parents.
    package let listeners: ListenerTable?
    /// Every target there is; each knows its place here.
    package let targets: [TargetServer]
    /// Every model and adapter name that a route serves, in name order; each knows its place here.
    package let models: [ServedModel]
    private let byName: [String: ServedModel]

    package init(
        routes: [Route] = [], servers: [TargetServer] = [], pools: [TargetServer] = [], providers: [TargetServer] = [],
        httpRoutes: [HTTPRoute] = [], listeners: [Listener]? = nil
    ) {
        var targets: [TargetServer] = []
        let servers = Self.byName(servers, .modelServer, &targets)
        let pools = Self.byName(pools, .inferencePool, &targets)
        let providers = Self.byName(providers, .externalProvider, &targets)
        self.targets = targets
        self.servers = servers
        self.pools = pools
        self.providers = providers
        self.routes = routes.sorted(by: Route.precedes)
        self.httpRoutes = HTTPRouteTable(httpRoutes, pools: pools)
        self.listeners = listeners.map { ListenerTable($0) }
        let models = Self.models(self.routes) { backend, name in
            switch backend {
            case .modelServer: servers[name]
            case .inferencePool: pools[name]
            case .externalProvider: providers[name]
            }
        }
        self.models = models
        byName = Dictionary(uniqueKeysWithValues: models.map { ($0.name, $0) })
    }

    private static func byName(
        _ list: [TargetServer], _ backend: Backend, _ all: inout [TargetServer]
    ) -> [ObjectName: TargetServer] {
        var byName: [ObjectName: TargetServer] = [:]
        for target in list { byName[target.name] = target }
        for (name, var target) in byName {
            target.place(at: all.count, as: backend)
            byName[name] = target
            all.append(target)
        }
        return byName
    }

    private static func models(
        _ routes: [Route], target: (Backend, ObjectName) -> TargetServer?
    ) -> [ServedModel] {
        var byModel: [String: [Route]] = [:]
        var byAdapter: [String: [Route]] = [:]
        for route in routes {
            if !route.model.isEmpty { byModel[route.model, default: []].append(route) }
            for adapter in Set(route.adapters) { byAdapter[adapter, default: []].append(route) }
        }
        return Set(byModel.keys).union(byAdapter.keys).sorted().enumerated().map { number, name in
            let routes = byModel[name]
            return ServedModel(
                name, number: number, routes ?? byAdapter[name] ?? [], isAdapter: routes == nil, target: target)
        }
    }

    /// Every model and adapter name that a route serves, each once, in name order.
    package var modelNames: [String] { models.map(\.name) }

    /// What routes say of a name, whatever their rules say; nil when no route is for it.
    package func model(_ name: String) -> ServedModel? { byName[name] }

    /// The first route with a rule that holds; nil when there is none or its rule's weights are all zero. `draw` is a
    /// random number that picks among weighted targets.
    package func match(_ query: RouteQuery, draw: UInt64) -> Match? {
        model(query.model)?.match(listener: query.listener, draw: draw) { query }
    }
}
