import HashTreeCollections
package import JSONValues
package import KubernetesAPI

/// A set of changes that is stored as one or not at all; reads inside it see its own changes.
///
/// 1. Each change takes the next resource version.
/// 2. Nothing outside sees a change before the whole has been written to disk.
package struct Transaction: Sendable {
    private let contents: StoreContents
    private var overlay: [StorageKey: StoredObject?] = [:]
    /// UIDs of this transaction's objects, and those they name as owners; entries of changed objects may be stale.
    private var overlayUIDs: [String: StorageKey] = [:]
    private var overlayDependents: [String: Set<StorageKey>] = [:]
    package let registry: KindRegistry
    package private(set) var changes: [Change] = []
    package private(set) var version: Int64
    package var mint: Mint
    /// Objects for which a deletion may have consequences; see to them with `settle`.
    var affected: Set<StorageKey> = []

    package init(contents: StoreContents, registry: KindRegistry, version: Int64, mint: Mint) {
        self.contents = contents
        self.registry = registry
        self.version = version
        self.mint = mint
    }

    package var now: Timestamp { mint.now }

    package subscript(key: StorageKey) -> StoredObject? {
        if let changed = overlay[key] { return changed }
        return contents[key]
    }

    /// The objects a selection contains, by key.
    package func objects(_ selection: Selection) -> [(key: ObjectKey, stored: StoredObject)] {
        var found: [(key: ObjectKey, stored: StoredObject)] = []
        for (key, stored) in contents.objects(in: selection.collection) {
            if overlay[StorageKey(selection.collection, key)] == nil, selection.contains(stored, at: key) {
                found.append((key, stored))
            }
        }
        for (key, stored) in overlay where key.collection == selection.collection {
            if let stored, selection.contains(stored, at: key.key) { found.append((key.key, stored)) }
        }
        return found.sorted { $0.key < $1.key }
    }

    /// Objects of a collection before this transaction.
    func countBefore(in collection: StorageName) -> Int { contents.objects(in: collection).count }

    /// The names of all collections that may hold objects.
    package var collections: [StorageName] {
        Array(Set(contents.collectionNames + overlay.keys.map(\.collection))).sorted {
            $0.description < $1.description
        }
    }

    /// Where the object of a UID lies; nil where there is none.
    package func place(ofUID uid: String) -> StorageKey? {
        if let key = contents.key(uid: uid), self[key]?.object.uid == uid { return key }
        guard let key = overlayUIDs[uid], self[key]?.object.uid == uid else { return nil }
        return key
    }

    package func contains(uid: String) -> Bool { place(ofUID: uid) != nil }

    /// Objects that name this UID among their owners, by key.
    package func dependents(of uid: String) -> [StorageKey] {
        var keys = contents.dependents(of: uid).filter { overlay[$0] == nil }
        for key in overlayDependents[uid] ?? [] {
            if self[key]?.object.ownerReferences.contains(where: { $0.uid == uid }) == true { keys.insert(key) }
        }
        return keys.sorted { ($0.collection.description, $0.key) < ($1.collection.description, $1.key) }
    }

    /// Stores a new state of an object, with the next resource version in its metadata.
    @discardableResult
    package mutating func put(_ json: JSONValue, at key: StorageKey) -> JSONValue {
        version += 1
        var json = json
        json[path: "metadata", "resourceVersion"] = .string(String(version))
        let stored = StoredObject(json, version: version)
        let previous = self[key]
        overlay[key] = .some(stored)
        overlayUIDs[stored.object.uid] = key
        for owner in stored.object.ownerReferences { overlayDependents[owner.uid, default: []].insert(key) }
        changes.append(
            Change(kind: previous == nil ? .added : .modified, key: key, object: stored, previous: previous))
        return json
    }

    /// Removes an object for good; nothing where it is not there.
    @discardableResult
    package mutating func remove(_ key: StorageKey) -> JSONValue? {
        guard let previous = self[key] else { return nil }
        version += 1
        var json = previous.json
        json[path: "metadata", "resourceVersion"] = .string(String(version))
        overlay[key] = .some(nil)
        changes.append(
            Change(kind: .deleted, key: key, object: StoredObject(json, version: version), previous: previous))
        return json
    }

    /// Ends the transaction and lets go of the contents it read.
    consuming func finish() -> [Change] { changes }
}
