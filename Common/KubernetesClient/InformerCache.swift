import KubernetesAPI

/// The objects an informer knows; pure.
///
/// 1. Every change of the cache gives exactly one event, and the event is what changed.
/// 2. An object under the same name with another uid is another object: deleted, then added.
struct InformerCache {
    private(set) var objects: [ObjectKey: KubernetesObject] = [:]

    /// Takes the result of a list.
    mutating func replace(with items: [KubernetesObject]) -> [InformerEvent] {
        var events = retain(Set(items.map(\.key)))
        for item in items { events += put(item) }
        return events
    }

    /// Drops what has none of these keys.
    mutating func retain(_ keys: Set<ObjectKey>) -> [InformerEvent] {
        let gone = objects.filter { !keys.contains($0.key) }
        for key in gone.keys { objects[key] = nil }
        return gone.values.map { .deleted($0) }
    }

    /// Takes an object as it is now; nothing happens for a version already known.
    mutating func put(_ object: KubernetesObject) -> [InformerEvent] {
        let old = objects.updateValue(object, forKey: object.key)
        guard let old else { return [.added(object)] }
        if old.uid != object.uid { return [.deleted(old), .added(object)] }
        if !object.resourceVersion.isEmpty, old.resourceVersion == object.resourceVersion { return [] }
        return [.updated(old: old, new: object)]
    }

    mutating func remove(_ object: KubernetesObject) -> [InformerEvent] {
        objects.removeValue(forKey: object.key) == nil ? [] : [.deleted(object)]
    }
}
