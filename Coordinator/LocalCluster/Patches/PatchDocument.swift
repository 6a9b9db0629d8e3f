package import JSONValues
package import KubernetesAPI
import ServingAPI

/// A patch as a request carries it.
package enum PatchDocument: Sendable {
    case json(JSONValue)
    case merge(JSONValue)
    case strategic(JSONValue)
    case apply(JSONValue, isForced: Bool)
}

extension Transaction {
    /// Changes an object by a patch; an apply makes it where it is not there.
    package mutating func patch(
        _ kind: ServedKind, _ key: ObjectKey, _ patch: PatchDocument, subresource: String? = nil,
        _ options: WriteOptions
    ) throws(APIStatus) -> Written {
        let stored = self[StorageKey(kind.storage, key)]
        var options = options
        if case .apply = patch { options.isApply = true }
        if subresource == "scale" { return try patchScale(kind, key, patch, options) }
        guard let stored else {
            guard case .apply(let configuration, _) = patch, subresource == nil else {
                throw .notFound(kind, name: key.name)
            }
            let named = try identified(configuration, as: kind, namespace: key.namespace, name: key.name)
            let made = try changed(.null, by: .apply(named, isForced: true), kind, key, subresource, options)
            return try create(kind, namespace: key.namespace, made, options)
        }
        let old = Representation.shown(stored.json, as: kind)
        let json = try changed(old, by: patch, kind, key, subresource, options)
        return try replace(
            kind, key, json, scope: subresource == "status" ? .status : .object, options, requiresVersion: false)
    }

    private mutating func patchScale(
        _ kind: ServedKind, _ key: ObjectKey, _ patch: PatchDocument, _ options: WriteOptions
    ) throws(APIStatus) -> Written {
        let scale = try scale(kind, key)
        let changed: JSONValue
        switch patch {
        case .json(let patch): changed = try Transaction.applying(patch, to: scale, kind, key)
        case .merge(let patch), .strategic(let patch), .apply(let patch, _): changed = scale.merging(patch)
        }
        return Written(json: try setScale(kind, key, changed, options))
    }

    private func changed(
        _ old: JSONValue, by patch: PatchDocument, _ kind: ServedKind, _ key: ObjectKey, _ subresource: String?,
        _ options: WriteOptions
    ) throws(APIStatus) -> JSONValue {
        switch patch {
        case .json(let operations): return try Transaction.applying(operations, to: old, kind, key)
        case .merge(let changes):
            guard changes.object != nil else { throw .badRequest("a merge patch is an object, this one is not") }
            return old.merging(changes)
        case .strategic(let changes):
            guard !kind.isCustom else {
                throw .unsupportedMediaType(
                    "application/strategic-merge-patch+json",
                    accepted: [
                        "application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml",
                    ])
            }
            guard changes.object != nil else { throw .badRequest("a merge patch is an object, this one is not") }
            return try StrategicMergePatch(rules: ListRules(kind)).apply(changes, to: old)
        case .apply(let configuration, let isForced):
            let configuration = try identified(configuration, as: kind, namespace: key.namespace, name: key.name)
            if configuration[path: "metadata", "managedFields"] != nil {
                throw .badRequest("metadata.managedFields must be nil")
            }
            let apply = ServerSideApply(
                kind: kind, manager: options.fieldManager, isForced: isForced, subresource: subresource ?? "", now: now)
            return try apply.apply(configuration, to: old)
        }
    }

    private func identified(
        _ configuration: JSONValue, as kind: ServedKind, namespace: String, name: String
    ) throws(APIStatus) -> JSONValue {
        var json = try identified(configuration, as: kind, namespace: namespace)
        let given = json[path: "metadata", "name"]?.string ?? name
        guard given == name else {
            throw .badRequest("the name of the object (\(given)) does not match the name on the URL (\(name))")
        }
        json[path: "metadata", "name"] = .string(name)
        return json
    }

    private static func applying(
        _ operations: JSONValue, to old: JSONValue, _ kind: ServedKind, _ key: ObjectKey
    ) throws(APIStatus) -> JSONValue {
        do {
            return try old.applying(patch: operations)
        } catch {
            guard operations.array != nil else { throw .badRequest("\(error)") }
            throw .invalid(kind, name: key.name, [.invalid("patch", "\(error)")])
        }
    }
}
