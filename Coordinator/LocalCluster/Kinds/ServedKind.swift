package import JSONValues
package import KubernetesAPI

/// One version of one kind as this server serves it: its URL, its names, its subresources and its schema.
package struct ServedKind: Sendable {
    /// Where it is served, and under which kind.
    package var kind: ResourceKind
    package var singular: String
    package var shortNames: [String] = []
    /// Groups of kinds that `kubectl get` takes as one name, such as `all`.
    package var categories: [String] = []
    /// Whether `/status` is a subresource, so that a write of the object leaves its status and the reverse.
    package var hasStatus = false
    /// Where the scale subresource finds its numbers; nil where there is none.
    package var scale: ScalePaths?
    /// Whether `metadata.generation` counts the changes of the object's specification.
    package var keepsGeneration = false
    /// Subresources besides status and scale, with the kind and the verbs they answer.
    package var subresources: [Subresource] = []
    /// The schema of a custom resource; nil for built-in kinds.
    package var schema: SchemaSet?
    /// What of the schema is not checked, a sentence each.
    var schemaNotes: [String] = []
    /// The schema as the definition wrote it, for `/openapi/v3`.
    package var openAPISchema: JSONValue?
    package var columns: [PrinterColumn] = []
    /// The collection in storage. Versions of one kind, and the two faces of events, share one.
    package var storage: StorageName
    /// The `apiVersion` that objects are stored with.
    package var storageAPIVersion: String
    package var verbs = [
        "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
    ]
    /// Said to whoever makes an object of a kind that nothing here acts on; nil for all others.
    package var keptNote: String?
    /// Whether the kind comes from a CustomResourceDefinition.
    package var isCustom = false

    /// A built-in kind.
    package init(_ kind: ResourceKind, shortNames: [String] = [], categories: [String] = [], hasStatus: Bool = false) {
        self.kind = kind
        singular = kind.kind.lowercased()
        self.shortNames = shortNames
        self.categories = categories
        self.hasStatus = hasStatus
        storage = StorageName(group: kind.group, plural: kind.plural)
        storageAPIVersion = kind.apiVersion
    }

    /// `plural` in the core group, else `plural.group`: how messages name a kind.
    package var qualifiedName: String { kind.group.isEmpty ? kind.plural : "\(kind.plural).\(kind.group)" }
}

/// The name of a collection in storage: `pods`, or `plural.group` outside the core group.
package struct StorageName: Sendable, Hashable, CustomStringConvertible {
    package var description: String

    package init(group: String, plural: String) { description = group.isEmpty ? plural : "\(plural).\(group)" }

    package init(_ kind: ResourceKind) { self.init(group: kind.group, plural: kind.plural) }

    /// A name as storage holds it.
    init(stored: String) { description = stored }
}

/// Where a custom resource keeps what the scale subresource shows (JSON paths of the definition, without the dot).
package struct ScalePaths: Sendable, Hashable {
    package var specReplicas: [String]
    package var statusReplicas: [String]
    /// The label selector as text; empty where the kind has none.
    package var labelSelector: [String]
}

/// A subresource as discovery lists it.
package struct Subresource: Sendable, Hashable {
    package var name: String
    package var kind: ResourceKind
    package var verbs: [String]
}
