import JSONValues
import KubernetesAPI

/// What `kubectl explain` says about built-in kinds, written as one field a line:
///
///     containers []Object! What runs in the pod.
///       name string! Its name, unique in the pod.
///
/// A field's own fields stand below it, two spaces further in. `!` marks a field that has to be there. Types are
/// `string`, `integer`, `boolean`, `quantity`, `intOrString`, `time`, `map` (of texts), `quantities` (a map of them),
/// `any`, `Object`, and `[]` of one of them.
struct FieldManual: Sendable {
    /// The properties of an object schema.
    let properties: JSONValue
    /// Names of the fields that have to be there.
    let required: [String]

    init(_ text: String) {
        var lines = text.split(separator: "\n").map(Line.init)[...]
        (properties, required) = FieldManual.fields(&lines, indent: 0)
    }

    private struct Line {
        var indent: Int
        var name: String
        var type: String
        var isRequired: Bool
        var description: String

        init(_ text: Substring) {
            indent = text.prefix { $0 == " " }.count
            let words = text.split(separator: " ", maxSplits: 2)
            name = String(words.first ?? "")
            let type = words.dropFirst().first ?? ""
            isRequired = type.hasSuffix("!")
            self.type = String(isRequired ? type.dropLast() : type)
            description = words.count > 2 ? String(words[2]) : ""
        }
    }

    private static func fields(_ lines: inout ArraySlice<Line>, indent: Int) -> (JSONValue, [String]) {
        var properties = JSONValue.object(JSONObject())
        var required: [String] = []
        while let line = lines.first, line.indent == indent {
            lines.removeFirst()
            let isList = line.type.hasPrefix("[]")
            var schema = FieldManual.schema(of: isList ? String(line.type.dropFirst(2)) : line.type)
            if let next = lines.first, next.indent > indent {
                let (inner, needed) = fields(&lines, indent: next.indent)
                schema["properties"] = inner
                if !needed.isEmpty { schema["required"] = .array(needed.map { .string($0) }) }
            }
            if isList { schema = ["type": "array", "items": schema] }
            schema["description"] = .string(line.description)
            properties[line.name] = schema
            if line.isRequired { required.append(line.name) }
        }
        return (properties, required)
    }

    private static func schema(of type: String) -> JSONValue {
        switch type {
        case "string", "integer", "boolean": ["type": .string(type)]
        case "time": ["type": "string", "format": "date-time"]
        case "quantity", "intOrString": ["x-kubernetes-int-or-string": true]
        case "map": ["type": "object", "additionalProperties": ["type": "string"]]
        case "quantities": ["type": "object", "additionalProperties": ["x-kubernetes-int-or-string": true]]
        case "any": ["x-kubernetes-preserve-unknown-fields": true]
        default: ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        }
    }
}

extension FieldManual {
    /// The manual of a built-in kind; nil where there is none.
    static func manual(of kind: ResourceKind) -> FieldManual? { pages[kind] }

    /// What is said of the kind itself.
    static func summary(of kind: ResourceKind) -> String? { summaries[kind] }

    private static let pages: [ResourceKind: FieldManual] = [
        .pod: FieldManual(podText), .service: FieldManual(serviceText), .configMap: FieldManual(configMapText),
        .secret: FieldManual(secretText), .namespace: FieldManual(namespaceText), .node: FieldManual(nodeText),
        .event: FieldManual(eventText), .serviceAccount: FieldManual(serviceAccountText),
        .lease: FieldManual(leaseText), .controllerRevision: FieldManual(controllerRevisionText),
        .customResourceDefinition: FieldManual(definitionText),
    ]

    private static let summaries: [ResourceKind: String] = [
        .pod: "Containers that run together on one node.",
        .service: "A name for a set of pods.",
        .configMap: "Settings as texts, for pods to read.",
        .secret: "Settings nobody else may see, for pods to read.",
        .namespace: "A space of names: objects in it go with it.",
        .node: "A machine that runs pods.",
        .event: "Something that happened to an object.",
        .serviceAccount: "Who the processes of a pod are.",
        .lease: "Says who holds a duty, and until when.",
        .controllerRevision: "One state of a workload's template, never changed.",
        .customResourceDefinition: "A kind that is served because of this object.",
    ]

    /// The metadata of every object.
    static let metadata = FieldManual(
        """
        name string Unique among its kind in its namespace: 253 lower-case letters, digits, dashes and dots at most.
        generateName string The beginning of a name the server makes up, where name is absent.
        namespace string The namespace it is in; empty for kinds that are in none.
        labels map Texts to select objects by, at most 63 characters each.
        annotations map Texts for tools and people, 256 KiB together; nothing selects by them.
        ownerReferences []Object Objects it goes with: deleted when all of them are gone.
          apiVersion string! The group and version of the owner.
          kind string! The kind of the owner.
          name string! The name of the owner.
          uid string! The UID of the owner: another object of the same name is not the owner.
          controller boolean Whether this owner manages the object. One may.
          blockOwnerDeletion boolean Whether a deletion of the owner in the foreground waits for this object.
        finalizers []string Tasks to be done before the object may go, each taken off by whoever does it.
        uid string Made by the server, never used twice.
        resourceVersion string Changes with every write. A write that sends an older one is refused.
        generation integer Counts the changes of the specification.
        creationTimestamp time When the object was made; set by the server.
        deletionTimestamp time When it goes, or may go once its finalizers are off; set by the server.
        deletionGracePeriodSeconds integer Seconds its processes get to end; set by the server.
        managedFields []Object Who wrote which field last, kept by the server.
        """)
}
