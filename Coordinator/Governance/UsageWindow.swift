/// What each user used of a model lately.
///
/// 1. What is older than the window counts no more; it leaves in steps of a sixtieth of the window.
/// 2. A user's sum is always that of its slots.
/// 3. There are never more than `usersMax` users; beyond that the one seen first of those with the least use leaves.
package struct UsageWindow: Sendable {
    package static let usersMax = 16_384
    private static let slotsPerWindow: Int64 = 60

    private struct Slot {
        var index: Int64
        var tokens: Double
        var requests: Int
    }

    private struct User {
        var slots: [Slot] = []
        var tokens = 0.0
        var requests = 0
    }

    private let slotNanoseconds: Int64
    private var users: [String: User] = [:]

    package init(_ length: Duration) {
        slotNanoseconds = max(1, Int64(length.seconds * 1e9) / Self.slotsPerWindow)
    }

    package var userCount: Int { users.count }

    /// Counts one request with this many weighted tokens.
    package mutating func add(_ tokens: Double, for user: String, now: Duration) {
        let index = slot(now)
        if users[user] == nil, users.count >= Self.usersMax { evict(index) }
        var entry = users[user] ?? User()
        Self.prune(&entry, index)
        if entry.slots.last?.index == index {
            entry.slots[entry.slots.count - 1].tokens += tokens
            entry.slots[entry.slots.count - 1].requests += 1
        } else {
            entry.slots.append(Slot(index: index, tokens: tokens, requests: 1))
        }
        entry.tokens += tokens
        entry.requests += 1
        users[user] = entry
    }

    /// Weighted tokens and requests of a user within the window.
    package mutating func sum(of user: String, now: Duration) -> (tokens: Double, requests: Int) {
        guard var entry = users[user] else { return (0, 0) }
        Self.prune(&entry, slot(now))
        users[user] = entry.slots.isEmpty ? nil : entry
        return (entry.tokens, entry.requests)
    }

    private func slot(_ now: Duration) -> Int64 { Int64(now.seconds * 1e9) / slotNanoseconds }

    private static func prune(_ user: inout User, _ index: Int64) {
        let expired = user.slots.prefix { $0.index <= index - slotsPerWindow }.count
        guard expired > 0 else { return }
        user.slots.removeFirst(expired)
        // Summed anew, so that no rounding error grows.
        user.tokens = user.slots.reduce(0) { $0 + $1.tokens }
        user.requests = user.slots.reduce(0) { $0 + $1.requests }
    }

    private mutating func evict(_ index: Int64) {
        users = users.filter { ($0.value.slots.last?.index ?? 0) > index - Self.slotsPerWindow }
        guard users.count >= Self.usersMax else { return }
        if let least = users.min(by: { $0.value.tokens < $1.value.tokens }) { users[least.key] = nil }
    }
}
