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
    /// It belongs to gateways that it names, so the plain listener does not serve it.
    package var hasParents: Bool
    package var rules: [RouteRule]

    package init(
        name: ObjectName, createdAt: Int64 = 0, resourceVersion: String = "", model: String, adapters: [String] = [],
        hasParents: Bool = false, rules: [RouteRule]
    ) {
        self.name = name
        self.createdAt = createdAt
        self.resourceVersion = resourceVersion
        self.model = model
        self.adapters = adapters
        self.hasParents = hasParents
        self.rules = rules
    }

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

    /// The target for a random draw: each gets its weight's share. Nil when no target has any.
    func target(draw: UInt64) -> RouteTarget? {
        let total = targets.reduce(UInt64(0)) { $0 + $1.weight }
        guard total > 0 else { return nil }
        var rest = draw % total
        for target in targets {
            if rest < target.weight { return target }
            rest -= target.weight
        }
        return nil
    }
}

/// A ModelServer of the route's namespace, and its share of the rule's requests.
package struct RouteTarget: Sendable, Hashable {
    package var server: String
    package var weight: UInt64

    package init(server: String, weight: UInt64 = 100) {
        self.server = server
        self.weight = weight
    }
}

/// What route matching reads of a request.
package struct RouteQuery {
    package var model: String
    package var path: String
    /// The value of a header by its name, in any case; empty when absent.
    package var header: (String) -> String

    package init(model: String, path: String, header: @escaping (String) -> String = { _ in "" }) {
        self.model = model
        self.path = path
        self.header = header
    }
}
