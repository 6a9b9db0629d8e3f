import KubernetesAPI

/// How serious an event is, in the two words Kubernetes has.
package enum EventType: String, Sendable {
    case normal = "Normal"
    case warning = "Warning"
}

/// Which events are one and the same but for their time.
struct EventSubject: Sendable, Hashable {
    var kind: String
    var apiVersion: String
    var key: ObjectKey
    var uid: String
    var type: EventType
    var reason: String
    var message: String
}

/// Counts equal events instead of listing them; pure.
///
/// 1. Two equal events less than `window` apart are one event with a count.
/// 2. No more than `subjectsMax` subjects are remembered; the one seen longest ago is forgotten first, and seen again
///    it makes a new event.
struct EventAggregator {
    static let window = Duration.seconds(600)
    static let subjectsMax = 4096

    /// An event as it was last written.
    struct Entry: Sendable, Hashable {
        var name: String
        var count: Int
        var first: Timestamp
        var last: Timestamp
    }

    private var entries: [EventSubject: Entry] = [:]

    /// Takes one more occurrence. `name` is for a new event; the entry returned is what shall be written.
    mutating func record(_ subject: EventSubject, name: @autoclosure () -> String, at now: Timestamp) -> Entry {
        if var entry = entries[subject], now - entry.last < EventAggregator.window {
            entry.count += 1
            entry.last = now
            entries[subject] = entry
            return entry
        }
        if entries.count >= EventAggregator.subjectsMax, entries[subject] == nil { makeRoom() }
        let entry = Entry(name: name(), count: 1, first: now, last: now)
        entries[subject] = entry
        return entry
    }

    /// Forgets a subject: what was written for it is not there.
    mutating func forget(_ subject: EventSubject) { entries[subject] = nil }

    /// Drops the oldest eighth at once, so that the search is paid seldom.
    private mutating func makeRoom() {
        let oldest = entries.sorted { $0.value.last < $1.value.last }.prefix(EventAggregator.subjectsMax / 8)
        for (subject, _) in oldest { entries[subject] = nil }
    }
}
