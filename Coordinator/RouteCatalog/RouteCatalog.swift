import GatewayAPI
package import Governance
package import KubernetesAPI
package import Routing
import ServingAPI

/// Builds the gateway's table from the objects of a cluster.
package enum RouteCatalog {
    /// A table, and what was left out of it.
    package struct Result: Sendable {
        package var table: RouteTable
        /// Token limits, those of the oldest route of a model first.
        package var limits: [LimitPolicy]
        package var problems: [Problem]
    }

    /// An object that cannot be served, or a part of one, and one sentence why.
    package struct Problem: Sendable, Hashable {
        package var kind: String
        package var key: ObjectKey
        package var sentence: String
    }

    /// The table of these objects with the pods that may get traffic. An object that cannot be read is left out and
    /// reported; it takes nothing else down with it.
    package static func build(_ sources: RouteSources) -> Result {
        var problems: [Problem] = []
        var targets: [TargetServer] = []
        for object in sources.servers {
            do {
                let server = try ModelServer(object)
                targets.append(target(server, sources.pods[object.namespace], sources.domains))
            } catch {
                problems.append(Problem(kind: "ModelServer", key: object.key, sentence: "\(error)"))
            }
        }
        let attachment = sources.gateways.map {
            Attachment(
                gateways: $0.gateways, classes: $0.classes, namespaces: $0.namespaces, certificates: $0.certificates)
        }
        var known: [Routing.Route] = []
        var limits: [ObjectName: LimitPolicy] = [:]
        for object in sources.routes {
            do {
                let view = try ModelRoute(object)
                known.append(try route(view, attachment))
                limits[ObjectName(object.key)] = limit(view, &problems)
            } catch {
                problems.append(Problem(kind: "ModelRoute", key: object.key, sentence: "\(error)"))
            }
        }
        let providers = providers(sources, &problems)
        var part: GatewayPart?
        if let gateways = sources.gateways, let attachment {
            part = Self.part(gateways, attachment, sources.pods, &problems)
        }
        let table = RouteTable(
            routes: known, servers: targets, pools: part?.pools ?? [], providers: providers,
            httpRoutes: part?.httpRoutes ?? [], listeners: part?.listeners)
        return Result(table: table, limits: table.routes.compactMap { limits[$0.name] }, problems: problems)
    }

    private static func route(
        _ route: ModelRoute, _ attachment: Attachment?
    ) throws(PatternError) -> Routing.Route {
        var rules: [Routing.RouteRule] = []
        for rule in route.rules { rules.append(try Self.rule(rule)) }
        let created = route.object.creationTimestamp.map { $0.microseconds / 1_000_000 } ?? 0
        let parents = ParentRef.all(route.parentRefs, in: route.key.namespace)
        return Routing.Route(
            name: ObjectName(route.key), createdAt: created, resourceVersion: route.object.resourceVersion,
            model: route.modelName, adapters: route.loraAdapters, hasParents: !parents.isEmpty,
            listeners: attachment?.listeners(ofModelRouteIn: route.key.namespace, parents: parents) ?? [],
            rules: rules)
    }

    private static func rule(_ rule: ServingAPI.RouteRule) throws(PatternError) -> Routing.RouteRule {
        var headers: [String: Routing.StringMatch] = [:]
        for (name, match) in rule.modelMatch?.headers ?? [:] { headers[name] = try Routing.StringMatch(match) }
        var path: Routing.StringMatch?
        if let uri = rule.modelMatch?.uri { path = try Routing.StringMatch(uri) }
        let targets = rule.targetModels.map { target in
            let weight = UInt64(max(0, target.weight))
            return switch target.backend {
            case .modelServer(let name): RouteTarget(server: name, weight: weight)
            case .externalProvider(let name): RouteTarget(server: name, weight: weight, backend: .externalProvider)
            }
        }
        return Routing.RouteRule(
            name: rule.name, headers: headers, path: path, bodyModel: rule.modelMatch?.bodyModel, targets: targets)
    }
}

extension ObjectName {
    init(_ key: ObjectKey) { self.init(namespace: key.namespace, name: key.name) }
}

extension Routing.StringMatch {
    init(_ match: ServingAPI.StringMatch) throws(PatternError) {
        switch match {
        case .exact(let text): self = .exact(text)
        case .prefix(let text): self = .prefix(text)
        case .regex(let text): self = .regex(try Pattern(text))
        }
    }
}
