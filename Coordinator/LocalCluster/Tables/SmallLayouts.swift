import JSONValues
import KubernetesAPI

/// Kinds whose rows are a few members of the object.
extension TableLayout {
    static let namespace = TableLayout(columns: [.name, PrinterColumn("Status"), .age]) { object, now in
        [name(of: object), .string(object[path: "status", "phase"]?.string ?? "Active"), age(of: object, now)]
    }

    static let configMap = TableLayout(columns: [.name, PrinterColumn("Data"), .age]) { object, now in
        [name(of: object), dataCount(of: object), age(of: object, now)]
    }

    static let secret = TableLayout(
        columns: [.name, PrinterColumn("Type"), PrinterColumn("Data", type: "integer"), .age]
    ) { object, now in
        [
            name(of: object), .string(object["type"]?.string ?? "Opaque"), dataCount(of: object), age(of: object, now),
        ]
    }

    static let serviceAccount = TableLayout(
        columns: [.name, PrinterColumn("Secrets", type: "integer"), .age]
    ) { object, now in
        [name(of: object), JSONValue(object["secrets"]?.elements.count ?? 0), age(of: object, now)]
    }

    static let lease = TableLayout(columns: [.name, PrinterColumn("Holder"), .age]) { object, now in
        [
            name(of: object), .string(object[path: "spec", "holderIdentity"]?.string ?? ""), age(of: object, now),
        ]
    }

    static let controllerRevision = TableLayout(
        columns: [.name, PrinterColumn("Controller"), PrinterColumn("Revision", type: "integer"), .age]
    ) { object, now in
        [
            name(of: object), textOrNone(controllerName(of: object)), JSONValue(object["revision"]?.integer ?? 0),
            age(of: object, now),
        ]
    }

    static let customResourceDefinition = TableLayout(
        columns: [.name, PrinterColumn("Created At", type: "date")]
    ) { object, _ in
        [name(of: object), object[path: "metadata", "creationTimestamp"] ?? "<unknown>"]
    }

    private static func dataCount(of object: JSONValue) -> JSONValue {
        JSONValue((object["data"]?.object?.count ?? 0) + (object["binaryData"]?.object?.count ?? 0))
    }

    /// `kind.group/name` of the controller.
    private static func controllerName(of object: JSONValue) -> String? {
        guard let owner = KubernetesObject(object).controller else { return nil }
        let parts = owner.apiVersion.split(separator: "/")
        let group = parts.count == 2 ? ".\(parts[0])" : ""
        return "\(owner.kind.lowercased())\(group)/\(owner.name)"
    }
}
