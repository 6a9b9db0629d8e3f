package import JSONValues
package import KubernetesAPI
import ServingAPI

/// Which part of an object a write is about.
package enum WriteScope: Sendable {
    /// Everything but the status, where the kind has a status subresource.
    case object
    /// The status alone.
    case status
}

extension Transaction {
    /// Puts a new state in the place of an object's state; an equal one changes nothing.
    ///
    /// Throws NotFound, Conflict (another resource version or UID), Invalid.
    package mutating func replace(
        _ kind: ServedKind, _ key: ObjectKey, _ object: JSONValue, scope: WriteScope = .object,
        _ options: WriteOptions = WriteOptions(), requiresVersion: Bool = true
    ) throws(APIStatus) -> Written {
        let place = StorageKey(kind.storage, key)
        guard let current = self[place] else { throw .notFound(kind, name: key.name) }
        let old = Representation.shown(current.json, as: kind)
        var json = try identified(object, as: kind, namespace: key.namespace)
        let name = json[path: "metadata", "name"]?.string ?? key.name
        guard name == key.name else {
            throw .badRequest("the name of the object (\(name)) does not match the name on the URL (\(key.name))")
        }
        try checkPreconditions(json, old, kind, key, requiresVersion: requiresVersion && scope == .object)
        keepServerMetadata(&json, old: old, kind, scope: scope)
        try checkFinalizers(json, old: old, kind, name: key.name)
        var options = options
        if scope == .status { options.subresource = "status" }
        var written = try prepare(json, old: old, kind, options)
        if written.json == old { return written }
        countGeneration(&written.json, old: old, kind)
        written.json = accounted(written.json, over: old, kind, options)
        written.json = store(written.json, kind, at: place)
        return written
    }

    private mutating func store(_ json: JSONValue, _ kind: ServedKind, at place: StorageKey) -> JSONValue {
        let answer = put(Representation.stored(json, as: kind), at: place)
        finishDeletion(place)
        affected.insert(place)
        settle()
        return Representation.shown(answer, as: kind)
    }

    private func checkPreconditions(
        _ json: JSONValue, _ old: JSONValue, _ kind: ServedKind, _ key: ObjectKey, requiresVersion: Bool
    ) throws(APIStatus) {
        let given = KubernetesObject(json)
        let current = KubernetesObject(old)
        if given.resourceVersion.isEmpty, requiresVersion, kind.isCustom {
            throw .invalid(
                kind, name: key.name, [.invalid("metadata.resourceVersion", "0: must be specified for an update")])
        }
        if !given.resourceVersion.isEmpty, given.resourceVersion != current.resourceVersion {
            throw .modified(kind, name: key.name)
        }
        if !given.uid.isEmpty, given.uid != current.uid {
            throw .conflict(
                kind, name: key.name,
                "Precondition failed: UID in precondition: \(given.uid), UID in object meta: \(current.uid)")
        }
    }

    /// Takes from the old state what this write may not change.
    private func keepServerMetadata(_ json: inout JSONValue, old: JSONValue, _ kind: ServedKind, scope: WriteScope) {
        switch scope {
        case .status:
            let status = json["status"]
            let managers = json[path: "metadata", "managedFields"]
            json = old
            json["status"] = status
            if let managers { json[path: "metadata", "managedFields"] = managers }
        case .object:
            for field in [
                "uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds",
                "resourceVersion", "name", "generateName",
            ] {
                json[path: "metadata", field] = old[path: "metadata", field]
            }
            if json[path: "metadata", "managedFields"] == nil {
                json[path: "metadata", "managedFields"] = old[path: "metadata", "managedFields"]
            }
            if kind.hasStatus { json["status"] = old["status"] }
        }
    }

    private func checkFinalizers(_ json: JSONValue, old: JSONValue, _ kind: ServedKind, name: String) throws(APIStatus)
    {
        let before = KubernetesObject(old)
        let added = Set(KubernetesObject(json).finalizers).subtracting(before.finalizers)
        guard before.isBeingDeleted, !added.isEmpty else { return }
        throw .invalid(
            kind, name: name,
            [
                .forbidden(
                    "metadata.finalizers",
                    "no new finalizers can be added if the object is being deleted, found new finalizers "
                        + added.sorted().joined(separator: ", "))
            ])
    }

    /// A new generation where anything but metadata and status changed.
    private func countGeneration(_ json: inout JSONValue, old: JSONValue, _ kind: ServedKind) {
        guard kind.keepsGeneration else { return }
        func specification(_ json: JSONValue) -> JSONValue {
            var json = json
            json["metadata"] = nil
            if kind.hasStatus { json["status"] = nil }
            return json
        }
        guard specification(json) != specification(old) else { return }
        json[path: "metadata", "generation"] = JSONValue(KubernetesObject(old).generation + 1)
    }

    /// Changes a stored object without the checks of a request: how bindings and the garbage collector write.
    mutating func edit(_ place: StorageKey, _ change: (inout KubernetesObject) -> Void) {
        guard let current = self[place] else { return }
        var object = current.object
        change(&object)
        if object.json != current.json { put(object.json, at: place) }
    }
}
