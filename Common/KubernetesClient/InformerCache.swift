import KubernetesAPI

/// The objects an informer knows; pure.
///
/// 1. Every change of the cache gives exactly one event, and the event is what changed.
/// 2. An object under the same name with another uid is another object: deleted, then added.
struct InformerCache {
    private(set) var objects: [ObjectKey: KubernetesObject] = [:]

    /// Takes the result of a list.
    mutating func replace(with items: [KubernetesObject]) -> [InformerEvent] {
        var events: [InformerEvent] = []
        let listed = Set(items.map(\.key))
        for (key, object) in objects where !listed.contains(key) {
            objects[key] = nil
            events.append(.deleted(object))
        }
        for item in items { events += put(item) }
        return events
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
