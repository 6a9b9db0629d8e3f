import JSONValues
package import KubernetesAPI

/// Definitions of the Gateway API's kinds for the embedded server: their names and scopes, with a schema that takes
/// whatever a spec and a status hold.
package enum GatewayDefinitions {
    package static let all = [
        definition("gateway.networking.k8s.io", "GatewayClass", "gatewayclasses", scope: "Cluster"),
        definition("gateway.networking.k8s.io", "Gateway", "gateways"),
        definition("gateway.networking.k8s.io", "HTTPRoute", "httproutes"),
        definition("gateway.networking.k8s.io", "ReferenceGrant", "referencegrants", version: "v1beta1"),
        definition("inference.networking.k8s.io", "InferencePool", "inferencepools"),
    ]

    private static func definition(
        _ group: String, _ kind: String, _ plural: String, scope: String = "Namespaced", version: String = "v1"
    ) -> KubernetesObject {
        var definition = KubernetesObject(.customResourceDefinition, name: "\(plural).\(group)")
        let open: JSONValue = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        definition.spec = [
            "group": .string(group), "scope": .string(scope),
            "names": [
                "kind": .string(kind), "listKind": .string("\(kind)List"), "plural": .string(plural),
                "singular": .string(kind.lowercased()),
            ],
            "versions": [
                [
                    "name": .string(version), "served": true, "storage": true, "subresources": ["status": [:]],
                    "schema": [
                        "openAPIV3Schema": ["type": "object", "properties": ["spec": open, "status": open]]
                    ],
                ]
            ],
        ]
        return definition
    }
}
