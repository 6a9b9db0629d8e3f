extension RouteTable {
    /// Where a request goes before its pod is chosen. What ModelRoutes say is made once a table, so that a request
    /// holds a reference.
    package final class Match: Sendable, Hashable {
        package let route: ObjectName
        package let rule: String
        /// The ModelServer, InferencePool or ExternalModelProvider, as `backend` says.
        package let server: ObjectName
        package let backend: Backend
        /// That object; nil where no such one is known.
        package let target: TargetServer?
        /// The request's model is an adapter, so its name is not rewritten.
        package let isAdapter: Bool
        /// The path that engines get instead of the request's.
        package let path: String?
        /// The Host field that engines get instead of their own address.
        package let host: String?

        init(
            route: ObjectName, rule: String, server: ObjectName, backend: Backend, target: TargetServer? = nil,
            isAdapter: Bool = false, path: String? = nil, host: String? = nil
        ) {
            self.route = route
            self.rule = rule
            self.server = server
            self.backend = backend
            self.target = target
            self.isAdapter = isAdapter
            self.path = path
            self.host = host
        }

        package static func == (left: Match, right: Match) -> Bool {
            left === right
                || left.route == right.route && left.rule == right.rule && left.server == right.server
                    && left.backend == right.backend && left.target == right.target
                    && left.isAdapter == right.isAdapter && left.path == right.path && left.host == right.host
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(route)
            hasher.combine(rule)
            hasher.combine(server)
        }
    }
}
