import JSONValues
import KubernetesAPI

/// One line of a watch.
enum WatchEvent: Sendable {
    case added(KubernetesObject)
    case modified(KubernetesObject)
    case deleted(KubernetesObject)
    /// Everything up to this version has been told; `endsList` where it ends what a streamed list began with.
    case bookmark(resourceVersion: String, endsList: Bool)

    /// Reads a line. Throws the server's status where the line is an error, and a sentence where it is no event.
    /// Nil for a type that a newer server may have added.
    init?(line: [UInt8]) throws {
        let json = try JSONValue.parse(line)
        let object = KubernetesObject(json["object"] ?? .null)
        switch json["type"]?.string {
        case "ADDED": self = .added(object)
        case "MODIFIED": self = .modified(object)
        case "DELETED": self = .deleted(object)
        case "BOOKMARK":
            let mark = object.annotations["k8s.io/initial-events-end"]
            self = .bookmark(resourceVersion: object.resourceVersion, endsList: mark == "true")
        case "ERROR":
            throw APIStatus(object.json)
                ?? APIStatus(code: 500, reason: .internalError, message: "the watch failed without a reason")
        default: return nil
        }
    }
}
