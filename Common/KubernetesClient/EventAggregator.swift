import KubernetesAPI

/// How serious an event is, in the two words Kubernetes has.
package enum EventType: String, Sendable {
    case normal = "Normal"
    case warning = "Warning"
}

/// What an event is about.
struct EventTarget: Sendable, Hashable {
    var kind: String
    var apiVersion: String
    var key: ObjectKey
    var uid: String
}

/// Which events are one and the same but for their time.
struct EventSubject: Sendable, Hashable {
    var target: EventTarget
    var type: EventType
    var reason: String
    var message: String
}

/// Counts equal events instead of listing them, and keeps one object from filling the list; pure.
///
/// 1. Two equal events less than `window` apart are one event with a count.
/// 2. Of events that differ in their message alone, those past `similarMax` within `window` become one, whose message
///    says so and is the latest.
/// 3. An object has no more than `burst` events at once and one each `refill` after; more are dropped.
/// 4. No more than `subjectsMax` of each are remembered; the one seen longest ago is forgotten first.
struct EventAggregator {
    static let window = Duration.seconds(600)
    static let subjectsMax = 4096
    static let similarMax = 10
    static let burst = 25.0
    static let refill = Duration.seconds(300)
    /// Begins the message of an event that stands for several.
    static let combined = "(combined from similar events): "

    /// An event as it shall be written.
    struct Entry: Sendable, Hashable {
        var name: String
        var subject: EventSubject
        var count: Int
        var first: Timestamp
        var last: Timestamp
    }

    private struct Similar {
        /// Hashes of the messages.
        var messages: Set<Int>
        var last: Timestamp
    }

    private struct Allowance {
        var tokens: Double
        var last: Timestamp
    }

    private var entries: [EventSubject: Entry] = [:]
    private var similar: [EventSubject: Similar] = [:]
    private var allowances: [EventTarget: Allowance] = [:]

    /// Takes one more occurrence. `name` is for a new event; nil where there are too many of this object.
    mutating func record(_ subject: EventSubject, name: @autoclosure () -> String, at now: Timestamp) -> Entry? {
        let key = combine(subject, at: now)
        guard spend(on: subject.target, at: now) else { return nil }
        var entry = entries[key] ?? Entry(name: name(), subject: key, count: 0, first: now, last: now)
        if now - entry.last >= EventAggregator.window {
            entry = Entry(name: name(), subject: key, count: 0, first: now, last: now)
        }
        entry.count += 1
        entry.last = now
        // The combined one stands under its class and shows the latest message.
        if key.message == EventAggregator.combined {
            entry.subject.message = EventAggregator.combined + subject.message
        }
        if entries[key] == nil { Self.makeRoom(&entries) { $0.last } }
        entries[key] = entry
        return entry
    }

    /// Forgets what was written for a subject: it is not there.
    mutating func forget(_ entry: Entry) {
        var key = entry.subject
        if key.message.hasPrefix(EventAggregator.combined) { key.message = EventAggregator.combined }
        entries[key] = nil
    }

    /// The subject to count under: its own, or that of all that are similar.
    private mutating func combine(_ subject: EventSubject, at now: Timestamp) -> EventSubject {
        var kind = subject
        kind.message = ""
        if similar[kind] == nil { Self.makeRoom(&similar) { $0.last } }
        var seen = similar[kind] ?? Similar(messages: [], last: now)
        if now - seen.last >= EventAggregator.window { seen.messages = [] }
        seen.last = now
        let hash = subject.message.hashValue
        let isFew = seen.messages.count < EventAggregator.similarMax || seen.messages.contains(hash)
        if isFew { seen.messages.insert(hash) }
        similar[kind] = seen
        guard !isFew else { return subject }
        kind.message = EventAggregator.combined
        return kind
    }

    private mutating func spend(on target: EventTarget, at now: Timestamp) -> Bool {
        if allowances[target] == nil { Self.makeRoom(&allowances) { $0.last } }
        var allowance = allowances[target] ?? Allowance(tokens: EventAggregator.burst, last: now)
        let gained = max(.zero, now - allowance.last) / EventAggregator.refill
        allowance.tokens = min(EventAggregator.burst, allowance.tokens + gained)
        allowance.last = now
        let isAllowed = allowance.tokens >= 1
        if isAllowed { allowance.tokens -= 1 }
        allowances[target] = allowance
        return isAllowed
    }

    /// Drops the oldest eighth of a full map at once, so that the search is paid seldom.
    private static func makeRoom<Key: Hashable, Value>(_ map: inout [Key: Value], _ last: (Value) -> Timestamp) {
        guard map.count >= subjectsMax else { return }
        for (key, _) in map.sorted(by: { last($0.value) < last($1.value) }).prefix(subjectsMax / 8) { map[key] = nil }
    }
}
