import JSONValues
import KubernetesAPI

/// One line of a watch.
enum WatchEvent: Sendable {
    case added(KubernetesObject)
    case modified(KubernetesObject)
    case deleted(KubernetesObject)
    /// Everything up to this version has been told.
    case bookmark(resourceVersion: String)

    /// Reads a line. Throws the server's status where the line is an error, and a sentence where it is no event.
    /// Nil for a type that a newer server may have added.
    init?(line: [UInt8]) throws {
        let json = try JSONValue.parse(line)
        let object = KubernetesObject(json["object"] ?? .null)
        switch json["type"]?.string {
        case "ADDED": self = .added(object)
        case "MODIFIED": self = .modified(object)
        case "DELETED": self = .deleted(object)
        case "BOOKMARK": self = .bookmark(resourceVersion: object.resourceVersion)
        case "ERROR":
            throw APIStatus(object.json)
                ?? APIStatus(code: 500, reason: .internalError, message: "the watch failed without a reason")
        default: return nil
        }
    }
}
