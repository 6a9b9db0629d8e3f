import JSONValues
import KubernetesAPI

/// The consequences of deletions: what an owner, a namespace or a definition takes with it, as `GarbageCollection`
/// decides.
///
/// 1. Consequences are part of the transaction that causes them: no crash leaves an orphan.
/// 2. Only objects near a change are looked at: its dependents, its owners, its namespace.
/// 3. Each step removes or marks an object that was not, so the work ends.
extension Transaction {
    /// Removes an object whose deletion nothing holds, and remembers whom that concerns.
    mutating func removeForGood(_ place: StorageKey) {
        guard let object = self[place]?.object else { return }
        remove(place)
        affected.formUnion(dependents(of: object.uid))
        for owner in object.ownerReferences {
            if let place = self.place(ofUID: owner.uid) { affected.insert(place) }
        }
        for container in containers(of: place) where self[container]?.object.isBeingDeleted == true {
            affected.insert(container)
        }
    }

    private func containers(of place: StorageKey) -> [StorageKey] {
        [
            StorageKey(StorageName(.namespace), ObjectKey(namespace: "", name: place.key.namespace)),
            StorageKey(
                StorageName(.customResourceDefinition), ObjectKey(namespace: "", name: place.collection.description)),
        ]
    }

    /// Does all that follows from the changes of this transaction.
    mutating func settle() {
        while !affected.isEmpty {
            let seeds = affected
            affected = []
            for definition in seeds where definition.collection == StorageName(.customResourceDefinition) {
                emptyDefinition(definition)
            }
            for step in GarbageCollection.steps(objects: neighbourhood(of: seeds)) { perform(step) }
        }
    }

    private mutating func perform(_ step: GarbageCollection.Step) {
        switch step {
        case .delete(let object, let inForeground):
            guard let place = place(ofUID: object.uid) else { return }
            var options = DeleteOptions()
            options.propagation = inForeground ? .foreground : nil
            beginDeletion(place, options)
        case .removeOwner(let uid, let object):
            guard let place = place(ofUID: object.uid) else { return }
            edit(place) { $0.ownerReferences.removeAll { $0.uid == uid } }
        case .removeFinalizer(let finalizer, let object):
            guard let place = place(ofUID: object.uid) else { return }
            edit(place) { $0.finalizers.removeAll { $0 == finalizer } }
            finishDeletion(place)
        case .finishNamespace(let namespace):
            guard let place = place(ofUID: namespace.uid), self[place]?.object.finalizers.isEmpty == true else {
                return
            }
            removeForGood(place)
        }
    }

    /// Removes an object that is being deleted where nothing holds it any more.
    mutating func finishDeletion(_ place: StorageKey) {
        guard let object = self[place]?.object, object.isBeingDeleted, isFinalized(object, place) else { return }
        removeForGood(place)
    }

    /// Deletes the objects of a definition that is being deleted, and the definition after the last of them.
    private mutating func emptyDefinition(_ place: StorageKey) {
        guard self[place]?.object.isBeingDeleted == true else { return }
        let collection = StorageName(stored: place.key.name)
        for (key, stored) in objects(Selection(collection)) where !stored.object.isBeingDeleted {
            beginDeletion(StorageKey(collection, key), DeleteOptions())
        }
        finishDeletion(place)
    }

    /// The objects that decide about some objects: these, all owners above them, the dependents of owners that are held
    /// for them, and the content of namespaces on their way out.
    private func neighbourhood(of seeds: Set<StorageKey>) -> [KubernetesObject] {
        var seen = seeds
        var queue = Array(seeds)
        var found: [KubernetesObject] = []
        while let place = queue.popLast() {
            guard let object = self[place]?.object else { continue }
            found.append(object)
            var near = object.ownerReferences.compactMap { self.place(ofUID: $0.uid) }
            if object.isBeingDeleted, !object.finalizers.isEmpty { near += dependents(of: object.uid) }
            if object.isBeingDeleted, place.collection == StorageName(.namespace) {
                near += contents(ofNamespace: place.key.name)
            }
            queue += near.filter { seen.insert($0).inserted }
        }
        return found
    }

    private func contents(ofNamespace name: String) -> [StorageKey] {
        collections.flatMap { collection in
            objects(Selection(collection, namespace: name)).map { StorageKey(collection, $0.key) }
        }
    }
}
