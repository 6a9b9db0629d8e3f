import JSONValues

/// How a deletion is asked for.
package struct DeleteOptions: Sendable {
    package typealias Propagation = GarbageCollection.Propagation

    /// Seconds a pod's processes get to end; nil takes the pod's own.
    package var gracePeriodSeconds: Int?
    /// What happens to objects that name the deleted one as their owner; nil is background.
    package var propagation: Propagation?
    /// The deletion is refused when the object has another UID or resource version.
    package var uid: String?
    package var resourceVersion: String?
    /// Whether the deletion is only tried.
    package var isDryRun = false

    package init() {}

    /// Reads a DeleteOptions object.
    init(_ json: JSONValue) {
        gracePeriodSeconds = json["gracePeriodSeconds"]?.integer
        propagation = json["propagationPolicy"]?.string.flatMap { Propagation(rawValue: $0) }
        if json["orphanDependents"]?.bool == true { propagation = .orphan }
        isDryRun = json["dryRun"]?.elements.contains("All") ?? false
        uid = json[path: "preconditions", "uid"]?.string
        resourceVersion = json[path: "preconditions", "resourceVersion"]?.string
    }
}

extension GarbageCollection.Propagation {
    /// The propagation that a finalizer stands for; nil for any other finalizer.
    init?(finalizer: String) {
        switch finalizer {
        case GarbageCollection.foregroundFinalizer: self = .foreground
        case GarbageCollection.orphanFinalizer: self = .orphan
        default: return nil
        }
    }
}
