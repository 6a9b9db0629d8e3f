package import HashTreeCollections
package import KubernetesAPI

/// The latest changes, for watches that resume where another ended.
///
/// 1. Versions rise from one entry to the next.
/// 2. Every change after `oldestVersion` is here; a watch from before it is answered 410.
package struct ChangeLog: Sendable {
    /// Changes kept; older ones leave in blocks of a quarter.
    package static let changesMax = 8_192

    private var changes: [Change] = []
    /// The newest version that is no longer here.
    package private(set) var oldestVersion: Int64

    /// An empty log after a start: what was before `version` is not known.
    package init(from version: Int64) { oldestVersion = version }

    package mutating func append(_ change: Change) {
        if changes.count >= ChangeLog.changesMax {
            let surplus = ChangeLog.changesMax / 4
            oldestVersion = changes[surplus - 1].version
            changes.removeFirst(surplus)
        }
        changes.append(change)
    }

    /// Changes after a version, oldest first; nil where some of them are gone.
    package func changes(after version: Int64) -> ArraySlice<Change>? {
        guard version >= oldestVersion else { return nil }
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].version <= version { low = middle + 1 } else { high = middle }
        }
        return changes[low...]
    }

    /// What a collection held at a version, from what it holds now; nil where the changes since are gone.
    package func objects(
        _ now: TreeDictionary<ObjectKey, StoredObject>, of collection: StorageName, at version: Int64
    ) -> TreeDictionary<ObjectKey, StoredObject>? {
        guard let since = changes(after: version) else { return nil }
        var objects = now
        for change in since.reversed() where change.key.collection == collection {
            objects[change.key.key] = change.previous
        }
        return objects
    }
}
