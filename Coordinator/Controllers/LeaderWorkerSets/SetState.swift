import JSONValues
import KubernetesAPI
import KubernetesClient

/// What the bridge knows: the caches of its informers and what it wrote last.
struct SetState: Sendable {
    /// A write that asked for something, and what the server made of it: it may drop or default parts.
    private struct Written: Sendable {
        var asked: JSONValue
        var generation: Int
    }

    private var sets: [ObjectKey: KubernetesObject] = [:]
    private var servings: [ObjectKey: KubernetesObject] = [:]
    private var specs: [String: Written] = [:]
    private var statuses: [String: JSONValue] = [:]
    /// UIDs of sets whose spec changed since people were told what it does not do.
    private var untold: Set<String> = []

    /// Takes a change; the set to look at, if it concerns one.
    mutating func apply(_ event: InformerEvent) -> ObjectKey? {
        let object = event.object
        if object.kind == "ModelServing" {
            if case .deleted = event {
                if servings[object.key]?.uid == object.uid { servings[object.key] = nil }
                specs[object.uid] = nil
            } else {
                put(object, in: \.servings)
            }
            return sets[object.key] == nil ? nil : object.key
        }
        switch event {
        case .added: put(object, in: \.sets)
        case .updated(let old, _):
            if old.generation != object.generation { untold.insert(object.uid) }
            put(object, in: \.sets)
        case .deleted:
            if sets[object.key]?.uid == object.uid { sets[object.key] = nil }
            statuses[object.uid] = nil
            untold.remove(object.uid)
            return nil
        }
        return object.key
    }

    func set(_ key: ObjectKey) -> LeaderWorkerSet? { sets[key].map { LeaderWorkerSet(object: $0) } }
    func serving(_ key: ObjectKey) -> KubernetesObject? { servings[key] }

    /// Whether the server already made of this very spec what it now shows.
    func wasWritten(spec: JSONValue, to serving: KubernetesObject) -> Bool {
        guard let written = specs[serving.uid] else { return false }
        return written.asked == spec && written.generation == serving.generation
    }

    mutating func didWrite(spec: JSONValue, giving serving: KubernetesObject) {
        put(serving, in: \.servings)
        specs[serving.uid] = Written(asked: spec, generation: serving.generation)
    }

    func wasWritten(status: JSONValue, to set: LeaderWorkerSet) -> Bool { statuses[set.uid] == status }

    mutating func didWrite(status: JSONValue, giving set: KubernetesObject) {
        put(set, in: \.sets)
        statuses[set.uid] = status
    }

    /// Whether people are to be told now what the set's spec does not do.
    mutating func takeUntold(_ uid: String) -> Bool { untold.remove(uid) != nil }

    /// Adds and replaces unless a newer version is known.
    private mutating func put(
        _ object: KubernetesObject, in path: WritableKeyPath<Self, [ObjectKey: KubernetesObject]>
    ) {
        if let known = self[keyPath: path][object.key], known.uid == object.uid,
            let old = Int(known.resourceVersion), let new = Int(object.resourceVersion), new < old
        {
            return
        }
        self[keyPath: path][object.key] = object
    }
}
