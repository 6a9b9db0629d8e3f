import JSONValues
import Testing

/// The custom kind of the contract: defaults, limits, a keyed list, status and scale.
enum Widget {
    static let group = "contract.martlet.test"

    static let definition: JSONValue = [
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": ["name": .string("widgets.\(group)")],
        "spec": [
            "group": .string(group), "scope": "Namespaced",
            "names": [
                "plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList",
                "shortNames": ["wd"], "categories": ["all"],
            ],
            "versions": [
                [
                    "name": "v1", "served": true, "storage": true,
                    "subresources": [
                        "status": .object(JSONObject()),
                        "scale": [
                            "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas",
                            "labelSelectorPath": ".status.selector",
                        ],
                    ],
                    "additionalPrinterColumns": [
                        ["name": "Size", "type": "integer", "jsonPath": ".spec.replicas"],
                        ["name": "Phase", "type": "string", "jsonPath": ".status.phase", "priority": 1],
                    ],
                    "schema": ["openAPIV3Schema": schema],
                ]
            ],
        ],
    ]

    private static let schema: JSONValue = [
        "type": "object",
        "properties": [
            "spec": [
                "type": "object", "required": ["color"],
                "properties": [
                    "replicas": ["type": "integer", "minimum": 0, "default": 1],
                    "color": ["type": "string", "enum": ["red", "green"]],
                    "ports": [
                        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                        "items": [
                            "type": "object", "required": ["name"],
                            "properties": ["name": ["type": "string"], "port": ["type": "integer"]],
                        ],
                    ],
                ],
            ],
            "status": [
                "type": "object",
                "properties": [
                    "phase": ["type": "string"], "replicas": ["type": "integer"], "selector": ["type": "string"],
                ],
            ],
        ],
    ]

    static func named(_ name: String, replicas: Int? = nil) -> JSONValue {
        var widget: JSONValue = [
            "apiVersion": .string("\(group)/v1"), "kind": "Widget", "metadata": ["name": .string(name)],
            "spec": ["color": "red"],
        ]
        widget[path: "spec", "replicas"] = replicas.map { JSONValue($0) }
        return widget
    }

    /// Puts the definition in place and waits until its kind is served.
    static func install(_ api: APIConnection) async throws {
        let made = try await api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
        try #require(made.code == 201 || made.code == 409, "\(made.text)")
        for _ in 0..<100 {
            if try await api.get("/apis/\(group)/v1/widgets").code == 200 { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("the custom kind was not served within ten seconds")
    }
}
