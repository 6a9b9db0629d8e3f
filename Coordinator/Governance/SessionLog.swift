/// When a request of each session last ended.
///
/// There are never more than `sessionsMax`; those that ended longest ago leave first, an eighth of them at a time.
package struct SessionLog: Sendable {
    private let sessionsMax: Int
    private var endedAt: [String: Duration] = [:]

    package init(sessionsMax: Int) { self.sessionsMax = max(1, sessionsMax) }

    package var count: Int { endedAt.count }

    package mutating func ended(_ session: String, now: Duration) {
        endedAt[session] = now
        guard endedAt.count > sessionsMax else { return }
        let leaving = max(1, sessionsMax / 8)
        for (session, _) in endedAt.sorted(by: { $0.value < $1.value }).prefix(leaving) { endedAt[session] = nil }
    }

    /// Nil for a session that is not known, or no more.
    package subscript(session: String) -> Duration? { endedAt[session] }
}
