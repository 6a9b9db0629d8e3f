package import KubernetesAPI

/// A change of one object, as an informer tells it.
package enum InformerEvent: Sendable {
    case added(KubernetesObject)
    case updated(old: KubernetesObject, new: KubernetesObject)
    /// The last state known of an object that is gone.
    case deleted(KubernetesObject)

    /// The object as it is now, or was last.
    package var object: KubernetesObject {
        switch self {
        case .added(let object), .deleted(let object): object
        case .updated(_, let new): new
        }
    }
}
