import AgentProtocol
import GatewayAPI
import KubernetesAPI
import Routing

extension RouteCatalog {
    /// What the Gateway API adds to a table.
    struct GatewayPart {
        var listeners: [Listener]
        var httpRoutes: [Routing.HTTPRoute]
        var pools: [TargetServer]
    }

    static func part(
        _ gateways: RouteSources.Gateways, _ attachment: Attachment, _ pods: ReadyPods, _ problems: inout [Problem]
    ) -> GatewayPart {
        GatewayPart(
            listeners: attachment.listeners,
            httpRoutes: gateways.httpRoutes.compactMap {
                route(HTTPRouteView($0, grants: gateways.grants), attachment, &problems)
            },
            pools: gateways.pools.map { target(PoolView($0), pods[$0.namespace]) })
    }

    /// Nil for a route that no listener takes.
    private static func route(
        _ view: HTTPRouteView, _ attachment: Attachment, _ problems: inout [Problem]
    ) -> Routing.HTTPRoute? {
        let listeners = attachment.listeners(of: view)
        guard !listeners.isEmpty else { return nil }
        for part in view.rules.flatMap(\.unsupported) {
            problems.append(
                Problem(kind: "HTTPRoute", key: view.object.key, sentence: "This router does not serve \(part)."))
        }
        return Routing.HTTPRoute(
            name: view.name, createdAt: view.object.creationTimestamp.map { $0.microseconds / 1_000_000 } ?? 0,
            hostnames: view.hostnames, listeners: listeners, rules: view.rules.filter(\.isServed).map(\.rule))
    }

    /// A pool with an endpoint for each of its ports in each of its ready pods.
    private static func target(_ pool: PoolView, _ pods: [Pod]) -> TargetServer {
        let chosen = pods.filter { pod in
            (pool.selector?.matches(pod.object.labels) ?? false) && isEntry(pod) && pod.podIP?.isEmpty == false
        }
        let endpoints = chosen.flatMap { pod in
            pool.ports.map { port in
                Endpoint(
                    engine: EngineID(namespace: pod.object.namespace, pod: pod.object.name, port: port),
                    host: pod.podIP ?? "", node: pod.nodeName ?? "")
            }
        }
        return TargetServer(name: pool.name, endpoints: endpoints.sorted { $0.engine < $1.engine })
    }
}
