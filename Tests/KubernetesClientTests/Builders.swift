import JSONValues
import KubernetesAPI

extension JSONValue {
    /// A pod as a server stores it.
    static func pod(_ name: String, uid: String = "", version: Int = 1) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": .string(name), "namespace": "dev", "uid": .string(uid.isEmpty ? "uid-\(name)" : uid),
                "resourceVersion": .string(String(version)),
            ],
        ]
    }

    /// A page of a list of pods.
    static func pods(_ items: [JSONValue], version: Int, next: String? = nil) -> JSONValue {
        .members([
            "kind": "PodList", "apiVersion": "v1", "items": .array(items),
            "metadata": .members([
                "resourceVersion": .string(String(version)), "continue": next.map { .string($0) },
            ]),
        ])
    }

    static func status(_ code: Int, _ reason: APIStatus.Reason, _ message: String = "no") -> JSONValue {
        APIStatus(code: code, reason: reason, message: message).json
    }
}

extension String {
    /// A line of a watch, with its LF.
    static func line(_ type: String, _ object: JSONValue) -> String {
        (["type": .string(type), "object": object] as JSONValue).text() + "\n"
    }

    static func bookmark(_ version: Int) -> String {
        line("BOOKMARK", ["kind": "Pod", "metadata": ["resourceVersion": .string(String(version))]])
    }

    /// The bookmark that ends a streamed list.
    static func listEnd(_ version: Int) -> String {
        line(
            "BOOKMARK",
            [
                "kind": "Pod",
                "metadata": [
                    "resourceVersion": .string(String(version)),
                    "annotations": ["k8s.io/initial-events-end": "true"],
                ],
            ])
    }
}
