package import JSONValues

/// How a deletion is asked for.
package struct DeleteOptions: Sendable {
    /// What happens to objects that name the deleted one as their owner.
    package enum Propagation: String, Sendable {
        /// They go after it.
        case background = "Background"
        /// They go before it.
        case foreground = "Foreground"
        /// They stay, without the owner reference.
        case orphan = "Orphan"

        /// The finalizer that holds an object until its dependents are dealt with.
        var finalizer: String? {
            switch self {
            case .background: nil
            case .foreground: "foregroundDeletion"
            case .orphan: "orphan"
            }
        }
    }

    /// Seconds a pod's processes get to end; nil takes the pod's own.
    package var gracePeriodSeconds: Int?
    package var propagation: Propagation?
    /// The deletion is refused when the object has another UID or resource version.
    package var uid: String?
    package var resourceVersion: String?

    package init() {}

    /// Reads a DeleteOptions object.
    init(_ json: JSONValue) {
        gracePeriodSeconds = json["gracePeriodSeconds"]?.integer
        propagation = json["propagationPolicy"]?.string.flatMap(Propagation.init)
        if json["orphanDependents"]?.bool == true { propagation = .orphan }
        uid = json[path: "preconditions", "uid"]?.string
        resourceVersion = json[path: "preconditions", "resourceVersion"]?.string
    }
}
