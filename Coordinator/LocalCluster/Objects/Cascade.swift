import JSONValues
import KubernetesAPI

/// What a deletion leaves to do in the same transaction.
enum DeletionWork: Sendable, Hashable {
    /// An owner is gone: its dependents without another owner go too.
    case ownerGone(uid: String)
    /// An object is held until its dependents are gone.
    case foreground(StorageKey)
    /// An object is held until its dependents have let go of it.
    case orphan(StorageKey)
    /// A namespace or a definition is held until it is empty.
    case container(StorageKey)
}

/// The consequences of deletions: what an owner, a namespace or a definition takes with it.
///
/// 1. Consequences are part of the transaction that causes them: no crash leaves an orphan.
/// 2. Each step removes or marks an object that was not, so the work ends.
extension Transaction {
    /// Removes an object whose deletion nothing holds, and queues what follows from it.
    mutating func removeForGood(_ place: StorageKey) {
        guard let object = self[place]?.object else { return }
        remove(place)
        work.append(.ownerGone(uid: object.uid))
        for owner in object.ownerReferences {
            guard let ownerPlace = self.place(ofUID: owner.uid), let held = self[ownerPlace]?.object else { continue }
            if held.isBeingDeleted, held.finalizers.contains("foregroundDeletion") {
                work.append(.foreground(ownerPlace))
            }
        }
        let containers = [
            StorageKey(StorageName(.namespace), ObjectKey(namespace: "", name: object.namespace)),
            StorageKey(
                StorageName(.customResourceDefinition), ObjectKey(namespace: "", name: place.collection.description)),
        ]
        for container in containers where self[container]?.object.isBeingDeleted == true {
            // Once, and after all else: looking for what is left reads everything.
            if !work.contains(.container(container)) { work.insert(.container(container), at: 0) }
        }
    }

    mutating func queueWork(afterMarking place: StorageKey, _ object: KubernetesObject) {
        if isContainer(place) { work.append(.container(place)) }
        if object.finalizers.contains("foregroundDeletion") { work.append(.foreground(place)) }
        if object.finalizers.contains("orphan") { work.append(.orphan(place)) }
    }

    /// Does all queued work.
    mutating func settle() {
        while let next = work.popLast() {
            switch next {
            case .ownerGone(let uid): releaseDependents(of: uid)
            case .foreground(let place): advanceForeground(place)
            case .orphan(let place): advanceOrphan(place)
            case .container(let place): advanceContainer(place)
            }
        }
    }

    private mutating func releaseDependents(of uid: String) {
        for place in dependents(of: uid) { collect(place) }
    }

    /// Deletes an object all of whose owners are gone; lets one that has another owner forget those that are gone.
    mutating func collect(_ place: StorageKey) {
        guard let object = self[place]?.object, !object.ownerReferences.isEmpty else { return }
        let living = object.ownerReferences.filter { contains(uid: $0.uid) }
        if living.isEmpty {
            if !object.isBeingDeleted { beginDeletion(place, DeleteOptions()) }
        } else if living.count < object.ownerReferences.count {
            edit(place) { json in
                var changed = KubernetesObject(json)
                changed.ownerReferences = living
                json = changed.json
            }
        }
    }

    private mutating func advanceForeground(_ place: StorageKey) {
        guard let owner = self[place]?.object, owner.finalizers.contains("foregroundDeletion") else { return }
        for dependent in dependents(of: owner.uid) {
            guard let object = self[dependent]?.object, !object.isBeingDeleted else { continue }
            if object.ownerReferences.contains(where: { $0.uid != owner.uid && contains(uid: $0.uid) }) { continue }
            var options = DeleteOptions()
            options.propagation = .foreground
            beginDeletion(dependent, options)
        }
        let isBlocked = dependents(of: owner.uid).contains { dependent in
            self[dependent]?.object.ownerReferences.contains { $0.uid == owner.uid && $0.blocksOwnerDeletion } ?? false
        }
        if !isBlocked { dropFinalizer("foregroundDeletion", place) }
    }

    private mutating func advanceOrphan(_ place: StorageKey) {
        guard let owner = self[place]?.object, owner.finalizers.contains("orphan") else { return }
        for dependent in dependents(of: owner.uid) {
            edit(dependent) { json in
                var changed = KubernetesObject(json)
                changed.ownerReferences.removeAll { $0.uid == owner.uid }
                json = changed.json
            }
        }
        dropFinalizer("orphan", place)
    }

    private mutating func dropFinalizer(_ finalizer: String, _ place: StorageKey) {
        edit(place) { json in
            var changed = KubernetesObject(json)
            changed.finalizers.removeAll { $0 == finalizer }
            json = changed.json
        }
        guard let object = self[place]?.object, object.isBeingDeleted,
            let kind = registry.kind(stored: place.collection), isFinalized(object, kind)
        else { return }
        removeForGood(place)
    }

    private mutating func advanceContainer(_ place: StorageKey) {
        guard let container = self[place]?.object, container.isBeingDeleted else { return }
        for content in contents(of: place) where self[content]?.object.isBeingDeleted == false {
            beginDeletion(content, DeleteOptions())
        }
        if contents(of: place).isEmpty, container.finalizers.isEmpty { removeForGood(place) }
    }

    /// The objects in a namespace, or of a definition.
    func contents(of place: StorageKey) -> [StorageKey] {
        if place.collection == StorageName(.customResourceDefinition) {
            let collection = StorageName(stored: place.key.name)
            return objects(Selection(collection)).map { StorageKey(collection, $0.key) }
        }
        return collections.flatMap { collection in
            objects(Selection(collection, namespace: place.key.name)).map { StorageKey(collection, $0.key) }
        }
    }
}
