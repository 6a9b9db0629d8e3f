package import JSONValues
package import KubernetesAPI
import ServingAPI

extension Transaction {
    /// Makes an object: name, namespace, defaults, schema, then UID, time, generation and version.
    ///
    /// Throws NotFound (no such namespace), Forbidden (a namespace on its way out), AlreadyExists, Invalid.
    package mutating func create(
        _ kind: ServedKind, namespace: String, _ object: JSONValue, _ options: WriteOptions = WriteOptions()
    ) throws(APIStatus) -> Written {
        var json = try identified(object, as: kind, namespace: namespace)
        let name = chooseName(&json)
        // A missing or bad name is refused before anything is looked up by it.
        try refuse(MetadataRules.problems(kind.kind, json), kind, name)
        if let given = json[path: "metadata", "resourceVersion"]?.string, !given.isEmpty {
            throw .badRequest("resourceVersion should not be set on objects to be created")
        }
        try requireNamespace(namespace, for: kind, name: name)
        let key = StorageKey(kind.storage, ObjectKey(namespace: namespace, name: name))
        guard self[key] == nil else { throw .alreadyExists(kind, name: name) }
        clearServerMetadata(&json)
        if kind.hasStatus, kind.isCustom || kind.kind == .pod { json["status"] = nil }
        var written = try prepare(json, old: nil, kind, options)
        written.json[path: "metadata", "uid"] = .string(mint.uid())
        written.json[path: "metadata", "creationTimestamp"] = .string(now.description)
        if kind.keepsGeneration { written.json[path: "metadata", "generation"] = 1 }
        written.json = accounted(written.json, over: nil, kind, options)
        written.json = put(Representation.stored(written.json, as: kind), at: key)
        written.isNew = true
        if let note = kind.keptNote { written.warnings.append(note) }
        if json[path: "metadata", "ownerReferences"] != nil {
            affected.insert(key)
            settle()
        }
        return written
    }

    /// The object with the kind and the namespace that its URL says. Throws where the object says another.
    func identified(
        _ object: JSONValue, as kind: ServedKind, namespace: String
    ) throws(APIStatus) -> JSONValue {
        guard object.object != nil else { throw .badRequest("the body is not an object of kind \(kind.kind.kind)") }
        var json = object
        let (version, name) = (json["apiVersion"]?.string ?? "", json["kind"]?.string ?? "")
        guard version.isEmpty || version == kind.kind.apiVersion, name.isEmpty || name == kind.kind.kind else {
            if kind.isCustom, name != kind.kind.kind {
                let problem = FieldProblem.invalid("kind", .string(name), "must be \(kind.kind.kind)")
                throw .invalid(kind, name: json[path: "metadata", "name"]?.string ?? "", [problem])
            }
            throw .badRequest(
                "the body is of kind \(name) in \(version), this URL is for \(kind.kind.kind) in "
                    + "\(kind.kind.apiVersion)")
        }
        json["apiVersion"] = .string(kind.kind.apiVersion)
        json["kind"] = .string(kind.kind.kind)
        if let metadata = json["metadata"], metadata.object == nil, !metadata.isNull {
            throw .badRequest("metadata is not an object")
        }
        let given = json[path: "metadata", "namespace"]?.string ?? ""
        guard given.isEmpty || given == namespace else {
            throw .badRequest(
                "the namespace of the provided object does not match the namespace sent on the request")
        }
        json[path: "metadata", "namespace"] = kind.kind.isNamespaced ? .string(namespace) : nil
        return json
    }

    /// An object with the account of who wrote it, unless an apply has kept it or none is kept.
    func accounted(_ json: JSONValue, over old: JSONValue?, _ kind: ServedKind, _ options: WriteOptions) -> JSONValue {
        guard !options.isApply, FieldOwnership.isKept(for: kind, json) else { return json }
        let ownership = FieldOwnership(
            kind: kind, manager: options.fieldManager, subresource: options.subresource, now: now)
        return ownership.recorded(json, over: old)
    }

    private mutating func chooseName(_ json: inout JSONValue) -> String {
        var name = json[path: "metadata", "name"]?.string ?? ""
        if name.isEmpty, let prefix = json[path: "metadata", "generateName"]?.string, !prefix.isEmpty {
            name = String(prefix.prefix(58)) + mint.nameSuffix()
            json[path: "metadata", "name"] = .string(name)
        }
        return name
    }

    func requireNamespace(_ namespace: String, for kind: ServedKind, name: String) throws(APIStatus) {
        guard kind.kind.isNamespaced else { return }
        let namespaceKind = ServedKind(.namespace)
        guard !namespace.isEmpty,
            let stored = self[StorageKey(StorageName(.namespace), ObjectKey(namespace: "", name: namespace))]
        else { throw .notFound(namespaceKind, name: namespace) }
        guard stored.object.isBeingDeleted else { return }
        throw .forbidden(
            kind, name: name,
            "unable to create new content in namespace \(namespace) because it is being terminated",
            causes: [
                [
                    "reason": "NamespaceTerminating",
                    "message": .string("namespace \(namespace) is being terminated"),
                    "field": "metadata.namespace",
                ]
            ])
    }

    private func clearServerMetadata(_ json: inout JSONValue) {
        for field in [
            "resourceVersion", "uid", "creationTimestamp", "generation", "deletionTimestamp",
            "deletionGracePeriodSeconds", "selfLink",
        ] {
            json[path: "metadata", field] = nil
        }
    }
}
