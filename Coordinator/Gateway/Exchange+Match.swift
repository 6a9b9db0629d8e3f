import HTTPWire
import JSONValues
import Observability
import Routing

extension Exchange {
    /// Reads what a ModelRoute needs of the body. An HTTPRoute takes a request as it is.
    func readModel() throws(ClientError) {
        let body = self.body
        do {
            members = try JSONMembers.scan(body.span)
        } catch {
            throw ClientError(400, "prompt_parsing", error.sentence, code: .invalidBody)
        }
        guard let model = members.string(.model, in: body.span), !Self.isBlank(model) else {
            throw .modelNotFound
        }
        record.model = model
        let moment = state.routing
        self.moment = moment
        let served = moment.table.model(model)
        record.isKnownModel = served != nil
        record.promptTokens = body.count / 4
        guard surface.hasPrompt(members) else { throw .promptNotFound }
        self.served = served
    }

    /// Nothing but white space; most names show at their first byte that they are not.
    private static func isBlank(_ model: String) -> Bool {
        if let first = model.utf8.first, first > 0x20, first < 0x7F { return false }
        return model.allSatisfy(\.isWhitespace)
    }

    /// Matches a route and goes on to the prompt.
    func match() throws(ClientError) {
        let match = try findMatch(state.routing)
        record.match = match
        guard let server = match.target else { throw .targetNotFound(match, model: record.model) }
        guard !server.endpoints.isEmpty else { throw .noPods(match) }
        try checkExternal(server)
        self.server = server
        let model = record.model
        let upstream = match.isAdapter ? nil : server.model.flatMap { $0 == model ? nil : $0 }
        record.upstreamModel = upstream ?? model
        bodies = LegBodies(
            body: body, members: members, surface: surface, model: upstream, asksForUsage: wantsUsageAsked,
            isDisaggregated: server.isDisaggregated)
        let way = findWay()
        self.way = way
        way.activeDownstream.add(1)
        findPrompt(of: server)
    }

    /// The ModelRoute for the request, else the HTTPRoute.
    private func findMatch(_ now: RoutingMoment) throws(ClientError) -> RouteTable.Match {
        // Other routes may be in force since it was read.
        if now !== moment, fault == nil { served = now.table.model(record.model) }
        moment = nil
        let isAPI = Surface.isRouted(record.path)
        if isAPI, let served,
            let match = served.match(listener: entry.listener, draw: context.random.next(), query: { query })
        {
            return match
        }
        let found =
            entry.listener == nil ? .none : now.table.httpRoutes.match(query, draw: context.random.next())
        switch found {
        case .matched(let match): return match
        case .noTarget(let route):
            throw ClientError(
                503, "inference_pool_selection",
                "HTTPRoute \(route) sends this request nowhere: none of its backendRefs is an InferencePool of its "
                    + "namespace with a weight above 0; change the rule.", code: .noBackend)
        case .none: break
        }
        // What is no path of the API only an HTTPRoute could have taken.
        guard isAPI else { throw .pathNotFound }
        if let fault { throw fault }
        throw .routeNotFound(record.model)
    }

    /// The request as conditions of routes read it.
    private var query: RouteQuery {
        RouteQuery(
            model: record.model, path: record.path, method: record.method, queryText: head.queryText,
            listener: entry.listener
        ) { [head] in head.fields.first(named: $0) ?? "" }
    }
}

extension ClientError {
    static let pathNotFound = ClientError(
        404, "route_not_found",
        "route not found: no HTTPRoute of this listener takes the request; check its path and Host.",
        code: .pathNotFound)

    static func targetNotFound(_ match: RouteTable.Match, model: String) -> ClientError {
        switch match.backend {
        case .modelServer:
            ClientError(
                404, "pod_discovery",
                "can't find model server: \(match.server), which ModelRoute \(match.route) sends model '\(model)' to; "
                    + "create it or change the route.", code: .targetNotFound)
        case .inferencePool:
            ClientError(
                404, "inference_pool_discovery",
                "can't find inference pool: \(match.server), which HTTPRoute \(match.route) names; create it or change "
                    + "the route.", code: .targetNotFound)
        case .externalProvider:
            ClientError(
                404, "provider_discovery",
                "can't find external model provider: \(match.server), which ModelRoute \(match.route) sends model "
                    + "'\(model)' to; create it or change the route.", code: .targetNotFound)
        }
    }

    static func noPods(_ match: RouteTable.Match) -> ClientError {
        let isPool = match.backend == .inferencePool
        return ClientError(
            503, "pod_discovery",
            "no available pods for \(isPool ? "inference pool" : "model server"): \(match.server); "
                + "wait until a pod that its \(isPool ? "selector" : "workloadSelector") matches is ready.",
            code: .noPods)
    }
}
