/// Requests for one model that wait until there is room for them.
///
/// 1. A visitor is admitted or refused at once, or waits until it is admitted once, or leaves.
/// 2. Nobody waits while there is room, and nobody overtakes except by the policy's order.
/// 3. `inside` is the number of admitted visitors that have not been released.
/// 4. No more than `waitingMax` wait, and they hold no more than `waitingBytesMax`.
package struct WaitingRoom: Sendable {
    /// One request.
    package struct Visitor: Sendable, Hashable {
        package var id: UInt64
        package var user: String?
        package var session: String?
        /// What it holds in memory while it waits.
        package var bytes: Int

        package init(id: UInt64, user: String? = nil, session: String? = nil, bytes: Int = 0) {
            self.id = id
            self.user = user
            self.session = session
            self.bytes = bytes
        }
    }

    /// What became of an arrival.
    package enum Arrival: Sendable, Hashable { case admitted, waits, full }

    /// What the model's engines can take.
    package struct Capacity: Sendable, Hashable {
        /// Nil where nothing is known of the engines.
        package var pods: Int?
        /// Some engine has no request waiting, or nothing is known of that.
        package var hasIdleEngine: Bool

        package init(pods: Int?, hasIdleEngine: Bool = true) {
            self.pods = pods
            self.hasIdleEngine = hasIdleEngine
        }
    }

    /// How often engines are looked at while somebody waits for an idle one.
    package static let lookInterval = Duration.milliseconds(50)

    private let policy: WaitingPolicy
    /// In order of arrival.
    private var waiting: [Visitor] = []
    private var waitingBytes = 0
    package private(set) var inside = 0
    private var usage: UsageWindow
    private var sessions: SessionLog
    /// When the next one may go on, where so many go on in a second.
    private var opensAt = Duration.zero
    /// Places kept for sessions that may come back.
    private var kept: [(session: String, until: Duration)] = []

    package init(_ policy: WaitingPolicy) {
        self.policy = policy
        usage = UsageWindow(.seconds(60))
        sessions = SessionLog(sessionsMax: 1)
        if case .fairness(let fairness) = policy.order { usage = UsageWindow(fairness.window) }
        if case .sessionBoost(let boost) = policy.order { sessions = SessionLog(sessionsMax: boost.sessionsMax) }
    }

    package var waitingCount: Int { waiting.count }

    /// Nothing would be lost with it.
    package var isIdle: Bool { waiting.isEmpty && inside == 0 }

    package mutating func arrive(_ visitor: Visitor, _ capacity: Capacity, now: Duration) -> Arrival {
        if waiting.isEmpty, hasRoom(for: visitor, capacity, now: now) {
            take(visitor, now: now)
            return .admitted
        }
        guard waiting.count < policy.waitingMax, waitingBytes + visitor.bytes <= policy.waitingBytesMax else {
            return .full
        }
        waiting.append(visitor)
        waitingBytes += visitor.bytes
        return .waits
    }

    /// Those that may go on now, in order.
    package mutating func admit(_ capacity: Capacity, now: Duration) -> [Visitor] {
        var admitted: [Visitor] = []
        while let index = best(now: now), hasRoom(for: waiting[index], capacity, now: now) {
            let visitor = remove(at: index)
            take(visitor, now: now)
            admitted.append(visitor)
        }
        return admitted
    }

    /// Takes a waiting visitor out; false when it does not wait.
    package mutating func leave(_ id: UInt64) -> Bool {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return false }
        _ = remove(at: index)
        return true
    }

    private mutating func remove(at index: Int) -> Visitor {
        let visitor = waiting.remove(at: index)
        waitingBytes -= visitor.bytes
        return visitor
    }

    /// An admitted visitor is through, having used these tokens.
    package mutating func release(
        _ visitor: Visitor, promptTokens: Int, completionTokens: Int, isAnswered: Bool, now: Duration
    ) {
        inside = max(0, inside - 1)
        switch policy.order {
        case .arrival: break
        case .fairness(let fairness):
            guard let user = visitor.user, isAnswered else { return }
            let weighted =
                fairness.inputWeight * Double(promptTokens) + fairness.outputWeight * Double(completionTokens)
            usage.add(weighted, for: user, now: now)
        case .sessionBoost(let boost):
            guard let session = visitor.session, isAnswered else { return }
            sessions.ended(session, now: now)
            if boost.gracePeriod > .zero { kept.append((session, now + boost.gracePeriod)) }
        }
    }

    /// When `admit` is worth another call although nobody is released; nil when it is not.
    package func opens(now: Duration) -> Duration? {
        guard !waiting.isEmpty else { return nil }
        switch policy.order {
        case .arrival: return nil
        case .fairness(let fairness): return fairness.concurrentMax > 0 ? nil : max(opensAt, now)
        // Engines are looked at again, since nothing tells when one of them is idle.
        case .sessionBoost: return now + Self.lookInterval
        }
    }

    private mutating func hasRoom(for visitor: Visitor, _ capacity: Capacity, now: Duration) -> Bool {
        switch policy.order {
        case .arrival: return capacity.pods.map { inside < max(1, $0) * policy.inFlightPerPod } ?? true
        case .fairness(let fairness):
            return fairness.concurrentMax > 0 ? inside < fairness.concurrentMax : now >= opensAt
        case .sessionBoost(let boost):
            guard capacity.hasIdleEngine else { return false }
            kept.removeAll { $0.until <= now }
            let others = kept.count { $0.session != visitor.session }
            return capacity.pods.map { inside + others < max(1, $0) * boost.inFlightPerPod } ?? true
        }
    }

    private mutating func take(_ visitor: Visitor, now: Duration) {
        inside += 1
        switch policy.order {
        case .arrival: break
        case .fairness(let fairness): opensAt = now + .seconds(1) / fairness.perSecondMax
        case .sessionBoost:
            if let index = kept.firstIndex(where: { $0.session == visitor.session }) { kept.remove(at: index) }
        }
    }

    /// Who goes next among those that wait.
    private mutating func best(now: Duration) -> Int? {
        guard !waiting.isEmpty else { return nil }
        switch policy.order {
        case .arrival: return 0
        case .fairness(let fairness):
            var priorities: [String: Double] = [:]
            for case let user? in Set(waiting.map(\.user)) {
                let sum = usage.sum(of: user, now: now)
                priorities[user] =
                    fairness.tokenWeight * sum.tokens + fairness.requestWeight * Double(sum.requests)
            }
            return firstIndex { $0.user.flatMap { priorities[$0] } ?? .infinity }
        case .sessionBoost:
            return firstIndex { $0.session.flatMap { sessions[$0] }.map { -$0.seconds } ?? .infinity }
        }
    }

    /// The first of those with the least key.
    private func firstIndex(_ key: (Visitor) -> Double) -> Int {
        var (least, found) = (key(waiting[0]), 0)
        for index in waiting.indices.dropFirst() {
            let key = key(waiting[index])
            if key < least { (least, found) = (key, index) }
        }
        return found
    }
}
