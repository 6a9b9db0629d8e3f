package import HashTreeCollections
package import KubernetesAPI

/// Every object as it stands now, with the indexes that deletion needs.
///
/// A copy shares all but what changes after it, so that a write costs the same however many objects and readers there
/// are.
///
/// 1. `uids` has exactly the objects of `collections`, by UID.
/// 2. `dependents` has, for each UID some object names as its owner, exactly those objects.
package struct StoreContents: Sendable {
    private var collections: [StorageName: TreeDictionary<ObjectKey, StoredObject>] = [:]
    private var uids: TreeDictionary<String, StorageKey> = [:]
    private var dependents: TreeDictionary<String, Set<StorageKey>> = [:]

    package init() {}

    package subscript(key: StorageKey) -> StoredObject? { collections[key.collection]?[key.key] }

    /// Objects of a collection in no order.
    package func objects(in collection: StorageName) -> TreeDictionary<ObjectKey, StoredObject> {
        collections[collection] ?? [:]
    }

    package var collectionNames: [StorageName] { Array(collections.keys) }

    package func key(uid: String) -> StorageKey? { uids[uid] }

    /// Objects that name this UID among their owners.
    package func dependents(of uid: String) -> Set<StorageKey> { dependents[uid] ?? [] }

    /// Sets or removes one object.
    package mutating func set(_ object: StoredObject?, at key: StorageKey) {
        if let old = self[key] { unindex(old, key) }
        collections[key.collection, default: [:]][key.key] = object
        if let object { index(object, key) }
    }

    private mutating func index(_ stored: StoredObject, _ key: StorageKey) {
        uids[stored.object.uid] = key
        for owner in stored.object.ownerReferences { dependents[owner.uid, default: []].insert(key) }
    }

    private mutating func unindex(_ stored: StoredObject, _ key: StorageKey) {
        uids[stored.object.uid] = nil
        for owner in stored.object.ownerReferences {
            dependents[owner.uid]?.remove(key)
            if dependents[owner.uid]?.isEmpty == true { dependents[owner.uid] = nil }
        }
    }
}
