package import JSONValues
import KubernetesAPI
import Routing

extension GatewayStatuses {
    /// Of an InferencePool; nil where it has nothing to do with this router.
    package func status(of pool: PoolView) -> JSONValue? {
        let before = pool.object.status["parents"]?.elements ?? []
        let others = before.filter { !isOwn($0) }
        let own = gateways(of: pool).map { gateway, isAccepted in
            parent(gateway, isAccepted, pool, before.first { names($0, gateway) })
        }
        return own.isEmpty && others.count == before.count ? nil : ["parents": .array(others + own)]
    }

    /// The Gateways of routes that send requests to the pool, and whether one of these routes is taken there.
    private func gateways(of pool: PoolView) -> [(GatewayView, Bool)] {
        let routes = facts.httpRoutes.filter { $0.rules.contains { $0.pools.contains(pool.name) } }
        return facts.attachment.gateways.compactMap { gateway in
            let results = routes.flatMap { route in
                route.parents.filter { facts.attachment.gateway($0)?.name == gateway.name }.compactMap {
                    facts.attachment.attach(route, to: $0)
                }
            }
            guard !results.isEmpty else { return nil }
            return (gateway, results.contains { if case .success = $0 { true } else { false } })
        }
    }

    private func parent(
        _ gateway: GatewayView, _ isAccepted: Bool, _ pool: PoolView, _ before: JSONValue?
    ) -> JSONValue {
        var conditions = Self.conditions(before)
        conditions.set(
            isAccepted
                ? condition("Accepted", true, "Accepted", "A route of the Gateway sends requests here", pool.object)
                : condition(
                    "Accepted", false, "HTTPRouteNotAccepted", "The Gateway takes no route that names this pool",
                    pool.object))
        // The router chooses pods itself, so it asks no endpoint picker and needs none to exist.
        conditions.set(
            condition("ResolvedRefs", true, "ResolvedRefs", "The router chooses among the pods itself", pool.object))
        return [
            "parentRef": [
                "group": .string(GatewayNames.group), "kind": "Gateway",
                "namespace": .string(gateway.name.namespace), "name": .string(gateway.name.name),
            ],
            "controllerName": .string(GatewayNames.controller), "conditions": .array(conditions.map(\.json)),
        ]
    }

    private func names(_ parent: JSONValue, _ gateway: GatewayView) -> Bool {
        parent[path: "parentRef", "name"]?.string == gateway.name.name
            && parent[path: "parentRef", "namespace"]?.string == gateway.name.namespace
    }

    /// Releases of the kind without `controllerName` are told by the Gateway; a parent of kind Status means none.
    private func isOwn(_ parent: JSONValue) -> Bool {
        if let name = parent["controllerName"]?.string { return name == GatewayNames.controller }
        return parent[path: "parentRef", "kind"]?.string == "Status"
            || facts.attachment.gateways.contains { names(parent, $0) }
    }
}
