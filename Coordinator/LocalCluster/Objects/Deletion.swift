package import JSONValues
package import KubernetesAPI

extension Transaction {
    /// Deletes an object: at once, or by marking it until its finalizers, its dependents or its processes are gone.
    ///
    /// The answer is the marked object, or a Status where the object is gone. Throws NotFound, Conflict, Forbidden.
    package mutating func delete(
        _ kind: ServedKind, _ key: ObjectKey, _ options: DeleteOptions = DeleteOptions()
    ) throws(APIStatus) -> JSONValue {
        let place = StorageKey(kind.storage, key)
        guard let current = self[place]?.object else { throw .notFound(kind, name: key.name) }
        if let uid = options.uid, uid != current.uid {
            throw .conflict(
                kind, name: key.name,
                "Precondition failed: UID in precondition: \(uid), UID in object meta: \(current.uid)")
        }
        if let version = options.resourceVersion, version != current.resourceVersion {
            throw .modified(kind, name: key.name)
        }
        if kind.kind == .namespace, ["default", "kube-system"].contains(key.name) {
            throw .forbidden(kind, name: key.name, "this namespace may not be deleted")
        }
        beginDeletion(place, options)
        settle()
        if let left = self[place], left.object.uid == current.uid { return Representation.shown(left.json, as: kind) }
        return APIStatus.deleted(kind, name: key.name, uid: current.uid)
    }

    /// Deletes every object of a selection; the answer is what was selected.
    package mutating func deleteCollection(
        _ kind: ServedKind, _ selection: Selection, _ options: DeleteOptions
    ) -> [JSONValue] {
        let selected = objects(selection)
        for (key, _) in selected { beginDeletion(StorageKey(kind.storage, key), options) }
        settle()
        return selected.map { Representation.shown($0.stored.json, as: kind) }
    }

    /// Marks or removes an object, without dealing with what depends on it.
    mutating func beginDeletion(_ place: StorageKey, _ options: DeleteOptions) {
        guard let stored = self[place] else { return }
        var object = stored.object
        if let finalizer = options.propagation?.finalizer, !isContainer(place), !object.finalizers.contains(finalizer) {
            object.finalizers.removeAll { DeleteOptions.Propagation(finalizer: $0) != nil }
            object.finalizers.append(finalizer)
        }
        object = marked(object, grace: graceSeconds(object, place, options))
        if place.collection == StorageName(.namespace) { object.json[path: "status", "phase"] = "Terminating" }
        if isFinalized(object, place) {
            removeForGood(place)
            return
        }
        if object.json != stored.json { put(object.json, at: place) }
        affected.insert(place)
    }

    /// Namespaces and definitions: they go after all they contain.
    func isContainer(_ place: StorageKey) -> Bool {
        place.collection == StorageName(.namespace) || place.collection == StorageName(.customResourceDefinition)
    }

    /// The object with its time of deletion; an earlier mark stays unless this one is sooner.
    private func marked(_ object: KubernetesObject, grace: Int) -> KubernetesObject {
        var object = object
        let earlier = object.json[path: "metadata", "deletionGracePeriodSeconds"]?.integer
        if object.isBeingDeleted, let earlier, earlier <= grace { return object }
        object.json[path: "metadata", "deletionTimestamp"] = .string((now + .seconds(grace)).description)
        object.json[path: "metadata", "deletionGracePeriodSeconds"] = JSONValue(grace)
        return object
    }

    /// Only a pod that a node runs gets time: its agent deletes it with 0 when its processes are gone.
    private func graceSeconds(_ object: KubernetesObject, _ place: StorageKey, _ options: DeleteOptions) -> Int {
        guard place.collection == StorageName(.pod) else { return 0 }
        let pod = Pod(object)
        guard let node = pod.nodeName, !node.isEmpty, pod.phase != .succeeded, pod.phase != .failed,
            self[StorageKey(StorageName(.node), ObjectKey(namespace: "", name: node))] != nil
        else { return 0 }
        let own = object.spec["terminationGracePeriodSeconds"]?.integer ?? 30
        if object.isBeingDeleted, options.gracePeriodSeconds == nil {
            return object.json[path: "metadata", "deletionGracePeriodSeconds"]?.integer ?? own
        }
        return max(0, options.gracePeriodSeconds ?? own)
    }

    /// Whether nothing holds an object that is being deleted.
    func isFinalized(_ object: KubernetesObject, _ place: StorageKey) -> Bool {
        guard object.finalizers.isEmpty else { return false }
        if place.collection == StorageName(.namespace) { return false }
        if place.collection == StorageName(.customResourceDefinition) {
            return objects(Selection(StorageName(stored: object.name))).isEmpty
        }
        return object.json[path: "metadata", "deletionGracePeriodSeconds"]?.integer ?? 0 == 0
    }
}
