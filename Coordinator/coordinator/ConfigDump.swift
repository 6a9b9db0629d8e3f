import AgentProtocol
import Fleet
import GatewayAPI
import JSONValues
import KubernetesAPI
import Routing

/// What the router goes by, in the shapes of Kthena's dumps: objects as they are, and what became of them.
struct ConfigDump: Sendable {
    /// The lists there are, by their names in paths.
    enum List: String, CaseIterable, Sendable {
        case modelroutes, modelservers, pods, gateways, httproutes, inferencepools

        /// The Kubernetes kind.
        var kind: String {
            switch self {
            case .modelroutes: "ModelRoute"
            case .modelservers: "ModelServer"
            case .pods: "Pod"
            case .gateways: "Gateway"
            case .httproutes: "HTTPRoute"
            case .inferencepools: "InferencePool"
            }
        }
    }

    /// Everything at one moment; a kind that is off has no objects.
    struct Sources: Sendable {
        var routes: [KubernetesObject] = []
        var servers: [KubernetesObject] = []
        var pods: [ObjectKey: KubernetesObject] = [:]
        var gateways: [KubernetesObject] = []
        var httpRoutes: [KubernetesObject] = []
        var pools: [KubernetesObject] = []
        var table = RouteTable()
        var fleet = FleetSnapshot()
    }

    var sources: @Sendable () -> Sources

    /// All of a list, by namespace and name.
    func items(_ list: List) -> [JSONValue] {
        let sources = sources()
        return switch list {
        case .modelroutes: Self.sorted(sources.routes).map(Self.route)
        case .modelservers: Self.sorted(sources.servers).map { Self.server($0, sources) }
        case .pods: PodDump.all(sources).map(\.json)
        case .gateways: Self.sorted(sources.gateways).map(Self.plain)
        case .httproutes: Self.sorted(sources.httpRoutes).map(Self.plain)
        case .inferencepools: Self.sorted(sources.pools).map(Self.plain)
        }
    }

    /// One object; nil where there is none.
    func item(_ list: List, _ key: ObjectKey) -> JSONValue? {
        items(list).first { $0["namespace"]?.string == key.namespace && $0["name"]?.string == key.name }
    }

    private static func sorted(_ objects: [KubernetesObject]) -> [KubernetesObject] {
        objects.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
    }

    private static func plain(_ object: KubernetesObject) -> JSONValue {
        [
            "name": .string(object.name), "namespace": .string(object.namespace), "spec": object.spec,
            "status": object.status,
        ]
    }

    private static func route(_ object: KubernetesObject) -> JSONValue {
        [
            "name": .string(object.name), "namespace": .string(object.namespace), "spec": object.spec,
            "routeInfo": [
                "model": object.spec["modelName"] ?? "", "loras": object.spec["loraAdapters"] ?? .array([]),
            ],
        ]
    }

    private static func server(_ object: KubernetesObject, _ sources: Sources) -> JSONValue {
        let name = ObjectName(namespace: object.namespace, name: object.name)
        let endpoints = sources.table.servers[name]?.endpoints ?? []
        func pods(_ role: Endpoint.Role?) -> JSONValue {
            .array(
                endpoints.filter { role == nil || $0.role == role }
                    .map { .string("\($0.engine.namespace)/\($0.engine.pod)") })
        }
        return [
            "name": .string(object.name), "namespace": .string(object.namespace), "spec": object.spec,
            "associatedPods": pods(nil), "decodePods": pods(.decode), "prefillPods": pods(.prefill),
        ]
    }
}
