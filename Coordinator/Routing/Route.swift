/// The name of a namespaced object.
package struct ObjectName: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// `namespace/name`.
    package var description: String { "\(namespace)/\(name)" }

    package static func < (left: ObjectName, right: ObjectName) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

/// One ModelRoute.
package struct Route: Sendable, Hashable {
    package var name: ObjectName
    /// Seconds since 1970; of two routes for one model the older wins.
    package var createdAt: Int64
    package var resourceVersion: String
    /// Empty when the route is for adapters only.
    package var model: String
    package var adapters: [String]
    /// It belongs to gateways that it names, so it is not served without the Gateway API.
    package var hasParents: Bool
    /// Listeners of Gateways whose requests it takes.
    package var listeners: Set<ListenerID>
    package var rules: [RouteRule]

    package init(
        name: ObjectName, createdAt: Int64 = 0, resourceVersion: String = "", model: String, adapters: [String] = [],
        hasParents: Bool = false, listeners: Set<ListenerID> = [], rules: [RouteRule]
    ) {
        self.name = name
        self.createdAt = createdAt
        self.resourceVersion = resourceVersion
        self.model = model
        self.adapters = adapters
        self.hasParents = hasParents
        self.listeners = listeners
        self.rules = rules
    }

    /// Whether it is for requests of a listener; nil without the Gateway API.
    func serves(_ listener: ListenerID?) -> Bool { listener.map { listeners.contains($0) } ?? !hasParents }

    /// Oldest first, then by resource version, then by name.
    static func precedes(_ left: Route, _ right: Route) -> Bool {
        if left.createdAt != right.createdAt { return left.createdAt < right.createdAt }
        if left.resourceVersion != right.resourceVersion {
            guard let first = UInt64(left.resourceVersion), let second = UInt64(right.resourceVersion) else {
                return left.resourceVersion < right.resourceVersion
            }
            return first < second
        }
        return left.name < right.name
    }
}

/// One rule of a route: when it holds, and where its requests go.
package struct RouteRule: Sendable, Hashable {
    package var name: String
    /// Every header named has to match; an absent one counts as empty. Names are compared without case.
    package var headers: [String: StringMatch]
    package var path: StringMatch?
    /// The model of the request body, exactly.
    package var bodyModel: String?
    package var targets: [RouteTarget]

    package init(
        name: String = "", headers: [String: StringMatch] = [:], path: StringMatch? = nil, bodyModel: String? = nil,
        targets: [RouteTarget]
    ) {
        self.name = name
        self.headers = headers
        self.path = path
        self.bodyModel = bodyModel
        self.targets = targets
    }

    func holds(for query: RouteQuery) -> Bool {
        if let bodyModel, bodyModel != query.model { return false }
        if let path, !path.holds(for: query.path) { return false }
        return headers.allSatisfy { name, match in match.holds(for: query.header(name)) }
    }

    /// Not every request will do.
    var hasConditions: Bool { bodyModel != nil || path != nil || !headers.isEmpty }

    /// The place of the target for a random draw: each gets its weight's share. Nil when no target has any.
    func target(draw: UInt64) -> Int? {
        if targets.count == 1 { return targets[0].weight > 0 ? 0 : nil }
        let total = targets.reduce(UInt64(0)) { $0 + $1.weight }
        guard total > 0 else { return nil }
        var rest = draw % total
        for (place, target) in targets.enumerated() {
            if rest < target.weight { return place }
            rest -= target.weight
        }
        return nil
    }
}

/// A ModelServer or ExternalModelProvider of the route's namespace, and its share of the rule's requests.
package struct RouteTarget: Sendable, Hashable {
    package var server: String
    package var weight: UInt64
    package var backend: Backend

    package init(server: String, weight: UInt64 = 100, backend: Backend = .modelServer) {
        self.server = server
        self.weight = weight
        self.backend = backend
    }
}

/// The kind of object that answers; the raw value stands in metrics and in the access log.
package enum Backend: String, Sendable, Hashable {
    case modelServer = "model_server"
    case inferencePool = "inference_pool"
    case externalProvider = "external_provider"

    /// The Kubernetes kind.
    package var kind: String {
        switch self {
        case .modelServer: "ModelServer"
        case .inferencePool: "InferencePool"
        case .externalProvider: "ExternalModelProvider"
        }
    }
}
