import GatewayAPI
import JSONValues
import KubernetesAPI

/// Small objects of the Gateway API.
enum Samples {
    static let ownClass = KubernetesObject([
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass", "metadata": ["name": "kthena-router"],
        "spec": ["controllerName": "volcano.sh/kthena-router"],
    ])

    static func object(
        _ kind: String, _ name: String, namespace: String = "dev", created: String = "2026-01-01T00:00:00Z",
        _ spec: JSONValue
    ) -> KubernetesObject {
        let group = kind == "InferencePool" ? "inference.networking.k8s.io/v1" : "gateway.networking.k8s.io/v1"
        return KubernetesObject([
            "apiVersion": .string(group), "kind": .string(kind),
            "metadata": [
                "name": .string(name), "namespace": .string(namespace), "uid": .string("\(kind)-\(name)"),
                "creationTimestamp": .string(created), "generation": 3,
            ], "spec": spec,
        ])
    }

    static func listener(
        _ name: String, _ port: Int, hostname: String? = nil, proto: String = "HTTP", allowed: JSONValue? = nil
    ) -> JSONValue {
        .members([
            "name": .string(name), "port": JSONValue(port), "protocol": .string(proto),
            "hostname": hostname.map { .string($0) }, "allowedRoutes": allowed,
        ])
    }

    static func gateway(
        _ name: String, namespace: String = "dev", created: String = "2026-01-01T00:00:00Z",
        className: String = "kthena-router", _ listeners: [JSONValue]
    ) -> KubernetesObject {
        object(
            "Gateway", name, namespace: namespace, created: created,
            ["gatewayClassName": .string(className), "listeners": .array(listeners)])
    }

    static func route(
        _ name: String, namespace: String = "dev", parents: [JSONValue], hostnames: [String] = [],
        rules: [JSONValue] = [["backendRefs": [pool("p")]]]
    ) -> KubernetesObject {
        object(
            "HTTPRoute", name, namespace: namespace,
            [
                "parentRefs": .array(parents), "hostnames": .array(hostnames.map { .string($0) }),
                "rules": .array(rules),
            ])
    }

    static func pool(_ name: String, namespace: String? = nil) -> JSONValue {
        .members([
            "group": "inference.networking.k8s.io", "kind": "InferencePool", "name": .string(name),
            "namespace": namespace.map { .string($0) },
        ])
    }

    static func attachment(_ gateways: [KubernetesObject], labels: [String: [String: String]] = [:])
        -> GatewayAPI.Attachment
    {
        let namespaces = labels.map { name, labels in
            var namespace = KubernetesObject(.namespace, name: name)
            namespace.labels = labels
            return namespace
        }
        return GatewayAPI.Attachment(gateways: gateways, classes: [ownClass], namespaces: namespaces)
    }
}
