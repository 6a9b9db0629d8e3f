/// One HTTPRoute of the Gateway API, as far as it sends requests to InferencePools.
package struct HTTPRoute: Sendable, Hashable {
    package var name: ObjectName
    /// Seconds since 1970; of two equally good rules that of the older route wins.
    package var createdAt: Int64
    /// Empty for every name that its listeners take.
    package var hostnames: [Hostname]
    /// Listeners it is attached to.
    package var listeners: Set<ListenerID>
    package var rules: [HTTPRule]

    package init(
        name: ObjectName, createdAt: Int64 = 0, hostnames: [Hostname] = [], listeners: Set<ListenerID>,
        rules: [HTTPRule]
    ) {
        self.name = name
        self.createdAt = createdAt
        self.hostnames = hostnames
        self.listeners = listeners
        self.rules = rules
    }
}

/// One rule: any of its matches has to hold.
package struct HTTPRule: Sendable, Hashable {
    package var name: String
    package var matches: [HTTPMatch]
    package var rewrite: HTTPRewrite
    package var targets: [PoolTarget]

    package init(
        name: String = "", matches: [HTTPMatch] = [HTTPMatch()], rewrite: HTTPRewrite = HTTPRewrite(),
        targets: [PoolTarget]
    ) {
        self.name = name
        self.matches = matches
        self.rewrite = rewrite
        self.targets = targets
    }

    /// The pool for a random draw; nil when no target has any weight.
    func pool(draw: UInt64) -> ObjectName? {
        let total = targets.reduce(UInt64(0)) { $0 + $1.weight }
        guard total > 0 else { return nil }
        var rest = draw % total
        for target in targets {
            if rest < target.weight { return target.pool }
            rest -= target.weight
        }
        return nil
    }
}

/// An InferencePool and its share of a rule's requests.
package struct PoolTarget: Sendable, Hashable {
    package var pool: ObjectName
    package var weight: UInt64

    package init(pool: ObjectName, weight: UInt64 = 1) {
        self.pool = pool
        self.weight = weight
    }
}

/// Conditions on a request that have to hold together.
package struct HTTPMatch: Sendable, Hashable {
    /// A condition on the path, which has no query.
    package enum Path: Sendable, Hashable {
        case exact(String)
        /// Whole elements: `/foo` holds for `/foo` and `/foo/bar`, not for `/foobar`. A final slash does not count.
        case prefix(String)
        case regex(Pattern)
    }

    /// A condition on the value of a header or query parameter, which has to be there.
    package struct Value: Sendable, Hashable {
        package var name: String
        package var match: StringMatch

        package init(name: String, match: StringMatch) {
            self.name = name
            self.match = match
        }
    }

    package var path: Path
    /// In capitals; nil for every method.
    package var method: String?
    package var headers: [Value]
    package var query: [Value]

    package init(path: Path = .prefix("/"), method: String? = nil, headers: [Value] = [], query: [Value] = []) {
        self.path = path
        self.method = method
        self.headers = headers
        self.query = query
    }

    func holds(for request: RouteQuery) -> Bool {
        if let method, method != request.method { return false }
        guard pathHolds(for: request.path) else { return false }
        guard headers.allSatisfy({ Self.holds($0, request.header($0.name)) }) else { return false }
        return query.isEmpty || query.allSatisfy { Self.holds($0, request.parameter($0.name) ?? "") }
    }

    private static func holds(_ value: Value, _ text: String) -> Bool { !text.isEmpty && value.match.holds(for: text) }

    private func pathHolds(for path: String) -> Bool {
        switch self.path {
        case .exact(let wanted): path == wanted
        case .prefix(let prefix): HTTPRewrite.rest(of: path, after: prefix) != nil
        case .regex(let pattern): pattern.isFound(in: path)
        }
    }

    /// Better matches first, as the Gateway API orders them; nil where both are as good.
    static func precedes(_ left: HTTPMatch, _ right: HTTPMatch) -> Bool? {
        if left.rank != right.rank { return left.rank > right.rank }
        if (left.method == nil) != (right.method == nil) { return left.method != nil }
        if left.headers.count != right.headers.count { return left.headers.count > right.headers.count }
        if left.query.count != right.query.count { return left.query.count > right.query.count }
        return nil
    }

    /// Exact paths before prefixes, longer prefixes before shorter ones, expressions last.
    private var rank: Int {
        switch path {
        case .exact: Int.max
        case .prefix(let prefix): 1 + prefix.utf8.count - (prefix.hasSuffix("/") ? 1 : 0)
        case .regex: 0
        }
    }
}
