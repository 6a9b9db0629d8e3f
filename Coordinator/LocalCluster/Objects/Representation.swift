import JSONValues
import KubernetesAPI

/// Turns objects between the version they are stored in and the version a request is about.
///
/// Versions of a custom resource differ in their `apiVersion` only (conversion strategy None); the two faces of events
/// differ in the names of their fields.
enum Representation {
    /// An object of `kind` as storage keeps it.
    static func stored(_ json: JSONValue, as kind: ServedKind) -> JSONValue {
        guard kind.kind.apiVersion != kind.storageAPIVersion else { return json }
        var json = isNewEvent(kind) ? renamed(json, eventFields.map { ($0.new, $0.core) }) : json
        json["apiVersion"] = .string(kind.storageAPIVersion)
        return json
    }

    /// A stored object as `kind` shows it.
    static func shown(_ json: JSONValue, as kind: ServedKind) -> JSONValue {
        guard kind.kind.apiVersion != kind.storageAPIVersion else { return json }
        var json = isNewEvent(kind) ? renamed(json, eventFields.map { ($0.core, $0.new) }) : json
        json["apiVersion"] = .string(kind.kind.apiVersion)
        return json
    }

    /// The text of a stored object as `kind` shows it.
    static func bytes(_ stored: StoredObject, as kind: ServedKind) -> [UInt8] {
        if kind.kind.apiVersion == kind.storageAPIVersion { return stored.bytes }
        return shown(stored.json, as: kind).bytes()
    }

    private static func isNewEvent(_ kind: ServedKind) -> Bool { kind.kind.group == "events.k8s.io" }

    /// The fields of an event in the core group and in `events.k8s.io`.
    private static let eventFields: [(core: String, new: String)] = [
        ("involvedObject", "regarding"), ("message", "note"), ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"), ("lastTimestamp", "deprecatedLastTimestamp"),
        ("count", "deprecatedCount"), ("reportingComponent", "reportingController"),
    ]

    private static func renamed(_ json: JSONValue, _ names: [(from: String, to: String)]) -> JSONValue {
        var result = json
        for (from, to) in names {
            guard let value = result[from] else { continue }
            result[from] = nil
            result[to] = value
        }
        return result
    }
}
