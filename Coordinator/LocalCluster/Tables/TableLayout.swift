import JSONValues
import KubernetesAPI

/// The columns of a kind and how an object fills them; one cell a column.
struct TableLayout: Sendable {
    let columns: [PrinterColumn]
    let cells: @Sendable (JSONValue, Timestamp) -> [JSONValue]

    /// The layout kubectl users know a built-in kind by; nil for a kind without one.
    static func builtIn(_ kind: ResourceKind) -> TableLayout? {
        switch (kind.group, kind.kind) {
        case ("", "Pod"): .pod
        case ("", "Service"): .service
        case ("", "Node"): .node
        case ("", "Namespace"): .namespace
        case ("", "Event"), ("events.k8s.io", "Event"): .event
        case ("", "ConfigMap"): .configMap
        case ("", "Secret"): .secret
        case ("", "Endpoints"): .endpoints
        case ("", "ServiceAccount"): .serviceAccount
        case ("apps", "ControllerRevision"): .controllerRevision
        case ("coordination.k8s.io", "Lease"): .lease
        case ("apiextensions.k8s.io", "CustomResourceDefinition"): .customResourceDefinition
        default: nil
        }
    }

    static let nameAndAge = TableLayout(columns: [.name, .age]) { object, now in
        [name(of: object), age(of: object, now)]
    }

    static func name(of object: JSONValue) -> JSONValue { object[path: "metadata", "name"] ?? "" }

    static func age(of object: JSONValue, _ now: Timestamp) -> JSONValue {
        .string(Age.since(object[path: "metadata", "creationTimestamp"]?.string, now: now))
    }

    /// A text, or the word kubectl shows for none.
    static func textOrNone(_ text: String?) -> JSONValue {
        guard let text, !text.isEmpty else { return "<none>" }
        return .string(text)
    }
}
