import JSONValues
package import KubernetesAPI

/// Which objects of one collection a list, a watch or a collection deletion is about.
package struct Selection: Sendable {
    package var collection: StorageName
    /// All namespaces when nil.
    package var namespace: String?
    package var labels: LabelSelector?
    package var fields: FieldSelector

    package init(
        _ collection: StorageName, namespace: String? = nil, labels: LabelSelector? = nil,
        fields: FieldSelector = FieldSelector([])
    ) {
        self.collection = collection
        self.namespace = namespace
        self.labels = labels
        self.fields = fields
    }

    package func contains(_ stored: StoredObject, at key: ObjectKey) -> Bool {
        if let namespace, key.namespace != namespace { return false }
        if let labels, !labels.requirements.isEmpty, !labels.matches(stored.object.labels) { return false }
        return fields.matches(stored.json)
    }

    /// What a watcher of this selection is told of a change: an object that starts to match was added, one that stops
    /// to match was deleted. Nil where it never matched.
    package func notice(of change: Change) -> WatchNotice? {
        guard change.key.collection == collection else { return nil }
        let isIn = change.kind != .deleted && contains(change.object, at: change.key.key)
        let wasIn = change.previous.map { contains($0, at: change.key.key) } ?? false
        switch (wasIn, isIn) {
        case (false, false): return nil
        case (false, true): return WatchNotice(type: .added, object: change.object)
        case (true, true): return WatchNotice(type: .modified, object: change.object)
        case (true, false): return WatchNotice(type: .deleted, object: change.object)
        }
    }
}

/// One event of a watch.
package struct WatchNotice: Sendable {
    /// What happened to the object.
    package enum EventType: String, Sendable {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
    }

    package var type: EventType
    package var object: StoredObject
}
