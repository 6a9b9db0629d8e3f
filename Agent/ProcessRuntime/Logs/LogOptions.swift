package import KubernetesAPI

/// Which part of a container's log is wanted, as `kubectl logs` asks for it.
package struct LogOptions: Sendable, Hashable {
    /// Only so many lines from the end; nil for all.
    package var tailLines: Int?
    /// Goes on until the container ends.
    package var follow = false
    /// The run before the current one.
    package var previous = false
    /// Each line begins with its time.
    package var timestamps = false
    /// Only lines from then on.
    package var since: Timestamp?
    package var limitBytes: Int?

    package init() {}

    /// Reads the query of a `/containerLogs` request; what is not understood is left out, as the kubelet does.
    package init(query: [String: String], now: Timestamp) {
        tailLines = query["tailLines"].flatMap { Int($0) }.map { max(0, $0) }
        follow = query["follow"] == "true"
        previous = query["previous"] == "true"
        timestamps = query["timestamps"] == "true"
        limitBytes = query["limitBytes"].flatMap { Int($0) }
        since = query["sinceTime"].flatMap { Timestamp($0) }
        if let seconds = query["sinceSeconds"].flatMap({ Int64($0) }) { since = now + .seconds(-seconds) }
    }
}
