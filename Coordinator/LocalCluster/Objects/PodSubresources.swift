package import JSONValues
package import KubernetesAPI
import ServingAPI

extension Transaction {
    /// Binds a pod to a node (`pods/binding`). Throws Conflict where it is bound already or being deleted.
    package mutating func bind(_ key: ObjectKey, _ binding: JSONValue) throws(APIStatus) {
        let kind = ServedKind(.pod)
        let place = StorageKey(kind.storage, key)
        guard let pod = self[place]?.object else { throw .notFound(kind, name: key.name) }
        guard let node = binding[path: "target", "name"]?.string, !node.isEmpty else {
            throw .invalid(kind, name: key.name, [.required("target.name")])
        }
        if pod.isBeingDeleted {
            throw .conflict(kind, name: key.name, "pod \(key.name) is being deleted, cannot be assigned to a host")
        }
        if let bound = Pod(pod).nodeName, !bound.isEmpty {
            throw .conflict(kind, name: key.name, "pod \(key.name) is already assigned to node \"\(bound)\"")
        }
        let now = now
        edit(place) { object in
            var bound = Pod(object)
            bound.nodeName = node
            for (name, value) in binding[path: "metadata", "annotations"]?.stringMap ?? [:] {
                bound.object.annotations[name] = value
            }
            var conditions = bound.conditions
            conditions.set(Condition("PodScheduled", true, reason: "", message: "", at: now))
            bound.conditions = conditions
            object = bound.object
        }
    }

    /// The Scale object of a custom resource.
    package func scale(_ kind: ServedKind, _ key: ObjectKey) throws(APIStatus) -> JSONValue {
        guard let paths = kind.scale else { throw .noSuchPath }
        guard let stored = self[StorageKey(kind.storage, key)] else { throw .notFound(kind, name: key.name) }
        let json = stored.json
        var scale: JSONValue = ["kind": "Scale", "apiVersion": "autoscaling/v1"]
        scale["metadata"] = .members([
            "name": .string(key.name), "namespace": key.namespace.isEmpty ? nil : .string(key.namespace),
            "uid": json[path: "metadata", "uid"], "resourceVersion": json[path: "metadata", "resourceVersion"],
            "creationTimestamp": json[path: "metadata", "creationTimestamp"],
        ])
        scale["spec"] = .members(["replicas": json.value(at: paths.specReplicas[...]) ?? 0])
        scale["status"] = .members([
            "replicas": json.value(at: paths.statusReplicas[...]) ?? 0,
            "selector": paths.labelSelector.isEmpty ? nil : json.value(at: paths.labelSelector[...]),
        ])
        return scale
    }

    /// Writes the replicas of a Scale object into the object it stands for; the answer is the new Scale.
    package mutating func setScale(
        _ kind: ServedKind, _ key: ObjectKey, _ scale: JSONValue, _ options: WriteOptions = WriteOptions()
    ) throws(APIStatus) -> JSONValue {
        guard let paths = kind.scale else { throw .noSuchPath }
        guard let stored = self[StorageKey(kind.storage, key)] else { throw .notFound(kind, name: key.name) }
        guard let replicas = scale[path: "spec", "replicas"]?.integer, replicas >= 0 else {
            throw .invalid(kind, name: key.name, [.invalid("spec.replicas", "must be a number of 0 or more")])
        }
        var json = Representation.shown(stored.json, as: kind)
        json.set(JSONValue(replicas), at: paths.specReplicas[...])
        let given = scale[path: "metadata", "resourceVersion"]?.string ?? ""
        if !given.isEmpty { json[path: "metadata", "resourceVersion"] = .string(given) }
        var options = options
        options.subresource = "scale"
        _ = try replace(kind, key, json, options)
        return try self.scale(kind, key)
    }
}
