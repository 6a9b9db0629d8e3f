package import JSONValues

/// Which values an object's fields must have: every term has to hold; none matches everything.
package struct FieldSelector: Sendable, Hashable {
    /// One comparison of a field, given by its path, with a text.
    package struct Term: Sendable, Hashable {
        package var field: String
        package var value: String
        package var isEqual: Bool
    }

    package var terms: [Term]

    package init(_ terms: [Term]) { self.terms = terms }

    /// Reads the query form `a=b,c!=d` (`==` too); nil for anything else.
    package init?(_ text: String) {
        terms = []
        for part in text.split(separator: ",") {
            guard let equals = part.firstIndex(of: "=") else { return nil }
            var field = part[..<equals]
            var value = part[part.index(after: equals)...]
            let isEqual = !field.hasSuffix("!")
            if !isEqual { field = field.dropLast() }
            if value.hasPrefix("=") { value = value.dropFirst() }
            if field.isEmpty { return nil }
            terms.append(Term(field: String(field), value: String(value), isEqual: isEqual))
        }
    }

    package func matches(_ json: JSONValue) -> Bool {
        terms.allSatisfy { term in
            (FieldSelector.text(of: term.field, in: json) == term.value) == term.isEqual
        }
    }

    /// The first field that may not be selected on in a kind; nil where all may.
    package func unsupportedField(for kind: ServedKind) -> String? {
        let always: Set<String> = ["metadata.name", "metadata.namespace"]
        let more = FieldSelector.selectable[kind.storage.description] ?? []
        return terms.map(\.field).first { !always.contains($0) && !more.contains($0) }
    }

    /// Selectable fields besides name and namespace, by collection.
    private static let selectable: [String: Set<String>] = [
        "pods": [
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
            "status.phase", "status.podIP", "status.nominatedNodeName",
        ],
        "events": [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
            "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
            "reportingComponent", "source", "type", "regarding.kind", "regarding.namespace", "regarding.name",
            "regarding.uid",
        ],
        "nodes": ["spec.unschedulable"],
        "namespaces": ["status.phase"],
        "secrets": ["type"],
        "services": ["spec.clusterIP", "spec.type"],
    ]

    private static func text(of field: String, in json: JSONValue) -> String {
        var path = field.split(separator: ".").map(String.init)
        if path.first == "regarding" { path[0] = "involvedObject" }
        if field == "source" { path = ["source", "component"] }
        switch json.value(at: path[...]) {
        case .string(let text): return text
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        case nil where field == "spec.unschedulable" || field == "spec.hostNetwork": return "false"
        default: return ""
        }
    }
}
