package import JSONValues

/// One object of the Kubernetes API, kept as the JSON it arrived in, so that a field unknown here survives every
/// read-modify-write.
package struct KubernetesObject: Sendable, Hashable {
    package var json: JSONValue

    package init(_ json: JSONValue) { self.json = json }

    /// A new object of a kind, not yet in a cluster; cluster-scoped when `namespace` is nil.
    package init(_ kind: ResourceKind, namespace: String? = nil, name: String) {
        json = ["apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind)]
        json[path: "metadata", "name"] = .string(name)
        json[path: "metadata", "namespace"] = namespace.map { .string($0) }
    }

    /// Read at every step of a controller: without a path.
    private var metadata: JSONValue? { json["metadata"] }

    package var apiVersion: String { json["apiVersion"]?.string ?? "" }
    package var kind: String { json["kind"]?.string ?? "" }

    package var name: String {
        get { metadata?["name"]?.string ?? "" }
        set { json[path: "metadata", "name"] = .string(newValue) }
    }

    /// The namespace; empty for a cluster-scoped object.
    package var namespace: String {
        get { metadata?["namespace"]?.string ?? "" }
        set { json[path: "metadata", "namespace"] = newValue.isEmpty ? nil : .string(newValue) }
    }

    package var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }
    package var uid: String { metadata?["uid"]?.string ?? "" }
    package var resourceVersion: String { metadata?["resourceVersion"]?.string ?? "" }

    /// Counts changes of the spec, from 1; 0 where the server keeps no generation.
    package var generation: Int { metadata?["generation"]?.integer ?? 0 }

    package var creationTimestamp: Timestamp? {
        metadata?["creationTimestamp"]?.string.flatMap { Timestamp($0) }
    }

    /// When deletion was asked for; the object goes when its finalizers and grace period have.
    package var deletionTimestamp: Timestamp? {
        metadata?["deletionTimestamp"]?.string.flatMap { Timestamp($0) }
    }

    package var isBeingDeleted: Bool { metadata?["deletionTimestamp"]?.string != nil }

    package var labels: [String: String] {
        get { metadata?["labels"]?.stringMap ?? [:] }
        set { json[path: "metadata", "labels"] = newValue.isEmpty ? nil : .strings(newValue) }
    }

    package var annotations: [String: String] {
        get { metadata?["annotations"]?.stringMap ?? [:] }
        set { json[path: "metadata", "annotations"] = newValue.isEmpty ? nil : .strings(newValue) }
    }

    package var finalizers: [String] {
        get { json[path: "metadata", "finalizers"]?.elements.compactMap(\.string) ?? [] }
        set { json[path: "metadata", "finalizers"] = newValue.isEmpty ? nil : .array(newValue.map { .string($0) }) }
    }

    package var ownerReferences: [OwnerReference] {
        get { metadata?["ownerReferences"]?.elements.compactMap { OwnerReference($0) } ?? [] }
        set { json[path: "metadata", "ownerReferences"] = newValue.isEmpty ? nil : .array(newValue.map(\.json)) }
    }

    /// The owner that is this object's controller, if any.
    package var controller: OwnerReference? {
        for reference in metadata?["ownerReferences"]?.elements ?? [] where reference["controller"] == true {
            return OwnerReference(reference)
        }
        return nil
    }

    package var spec: JSONValue {
        get { json["spec"] ?? .null }
        set { json["spec"] = newValue }
    }

    package var status: JSONValue {
        get { json["status"] ?? .null }
        set { json["status"] = newValue }
    }
}

/// The name of an object in its kind.
package struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Empty for a cluster-scoped object.
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// `namespace/name`, or the name alone for a cluster-scoped object.
    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }

    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

/// A link from an object to one that owns it; when every owner is gone the garbage collector removes the object.
package struct OwnerReference: Sendable, Hashable {
    package var apiVersion: String
    package var kind: String
    package var name: String
    package var uid: String
    package var isController: Bool
    package var blocksOwnerDeletion: Bool

    package init?(_ json: JSONValue) {
        guard let kind = json["kind"]?.string, let name = json["name"]?.string, let uid = json["uid"]?.string else {
            return nil
        }
        apiVersion = json["apiVersion"]?.string ?? ""
        self.kind = kind
        self.name = name
        self.uid = uid
        isController = json["controller"]?.bool ?? false
        blocksOwnerDeletion = json["blockOwnerDeletion"]?.bool ?? false
    }

    /// A reference that makes `owner` the controller of the object that carries it.
    package init(controller owner: KubernetesObject, blocksOwnerDeletion: Bool = true) {
        apiVersion = owner.apiVersion
        kind = owner.kind
        name = owner.name
        uid = owner.uid
        isController = true
        self.blocksOwnerDeletion = blocksOwnerDeletion
    }

    package var json: JSONValue {
        .members([
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
            "controller": isController ? true : nil, "blockOwnerDeletion": blocksOwnerDeletion ? true : nil,
        ])
    }
}
