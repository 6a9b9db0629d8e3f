/// What the driver of an `Inbox` has to do.
package enum InboxAction: Sendable, Hashable {
    case send(CoordinatorMessage)
    case deliver(LinkEvent)
}

/// The coordinator's end of a link to one agent, without sockets or clocks: messages go in, events come out, in order,
/// each once. Times are monotonic, from any origin of the caller's.
///
/// 1. Items are delivered in the order of their numbers, each number once in one life of the agent.
/// 2. Before the first snapshot of a life began nothing is delivered but connected and lost.
/// 3. A gap is answered by a request, at most one each `requestInterval`; nothing after it is delivered until it
///    closed.
package struct Inbox: Sendable {
    /// Silence after which an agent is lost.
    package static let silenceMax = Duration.seconds(3)
    package static let requestInterval = Duration.milliseconds(200)
    /// An acknowledgement is due after this many bytes.
    private static let unacknowledgedBytesMax = 256 << 10

    private enum Phase: Sendable {
        /// Waits for a snapshot to begin.
        case unsynchronised
        case inSnapshot
        case synchronised
    }

    private(set) var description: AgentDescription
    private var session: UInt64?
    private var phase = Phase.unsynchronised
    private var received: UInt64 = 0
    private var unacknowledgedBytes = 0
    private var lastHeard: Duration
    private var lastRequest: Duration?
    private(set) var isLost = true
    /// Other coordinators that the agent passes work on to.
    private var others = 0

    package init(_ description: AgentDescription, now: Duration) {
        self.description = description
        lastHeard = now
    }

    /// When the agent was last heard.
    var heardAt: Duration { lastHeard }

    package mutating func hello(_ hello: Hello, now: Duration) -> [InboxAction] {
        guard hello.versions.overlaps(AgentProtocolLimits.versions) else {
            return [.send(.refused(session: hello.session, reason: Self.versionReason(hello.versions)))]
        }
        let isSameLife = hello.description.epoch == description.epoch
        if isSameLife, let session, hello.session < session { return [] }
        let isRepeated = isSameLife && hello.session == session
        if !isSameLife || (!isRepeated && isInSnapshot) { awaitSnapshot() }
        description = hello.description
        session = hello.session
        lastRequest = nil
        if !isRepeated { others = 0 }
        var actions: [InboxAction] = [.send(welcome(hello))]
        if !isRepeated || isLost { actions.append(.deliver(.connected(description))) }
        heard(now)
        return actions
    }

    package mutating func item(
        session number: UInt64, sequence: UInt64, _ item: StreamItem, byteCount: Int, now: Duration
    ) -> [InboxAction] {
        guard number == session else { return [.send(.whoAreYou(session: number))] }
        var actions = returned(now)
        // A snapshot may begin after a gap, and whatever the number before a first one.
        let mayBegin = item == .snapshotBegan && (sequence > received || isUnsynchronised)
        guard mayBegin || (sequence == received &+ 1 && !isUnsynchronised) else {
            if sequence > received || isUnsynchronised { actions += request(now) }
            return actions
        }
        received = sequence
        lastRequest = nil
        actions += deliver(item)
        unacknowledgedBytes += byteCount
        if unacknowledgedBytes >= Self.unacknowledgedBytesMax || item == .snapshotEnded { actions.append(ack()) }
        return actions
    }

    package mutating func heartbeat(session number: UInt64, last: UInt64, now: Duration) -> [InboxAction] {
        guard number == session else { return [.send(.whoAreYou(session: number))] }
        var actions = returned(now)
        if last > received || isUnsynchronised { actions += request(now) }
        actions.append(ack())
        return actions
    }

    package mutating func piece(session number: UInt64, _ piece: ModelFilesPiece, now: Duration) -> [InboxAction] {
        guard number == session else { return [] }
        return returned(now) + [.deliver(.piece(piece))]
    }

    package mutating func work(session number: UInt64, _ work: ReplicaWork, now: Duration) -> [InboxAction] {
        guard number == session else { return [] }
        return returned(now) + [.deliver(.work(work))]
    }

    package mutating func replicas(session number: UInt64, others count: Int, now: Duration) -> [InboxAction] {
        guard number == session else { return [] }
        let actions = returned(now)
        guard count != others else { return actions }
        others = count
        return actions + [.deliver(.replicas(others: count))]
    }

    /// Tells the agent what is under way at its engines, where there is another coordinator to pass it on to.
    package func tell(_ work: ReplicaWork) -> [InboxAction] {
        guard let session, !isLost, others > 0 else { return [] }
        return [.send(.work(session: session, work))]
    }

    /// Asks for a piece of files, if the agent is there to be asked.
    package func ask(_ place: ModelFilesPlace) -> [InboxAction] {
        guard let session, !isLost else { return [] }
        return [.send(.wants(session: session, place))]
    }

    package mutating func goodbye(session number: UInt64, reason: String) -> [InboxAction] {
        guard number == session else { return [] }
        return lose(.goodbye(reason))
    }

    /// Lets time pass: an agent that was silent too long is lost, and what was received is acknowledged.
    package mutating func tick(now: Duration) -> [InboxAction] {
        if !isLost, now - lastHeard >= Self.silenceMax { return lose(.silent) }
        return unacknowledgedBytes > 0 && !isLost ? [ack()] : []
    }

    /// The coordinator stops listening.
    package mutating func stop() -> [InboxAction] { isLost ? [] : lose(.stopped) }
}

/// The steps.
extension Inbox {
    private var isUnsynchronised: Bool {
        if case .unsynchronised = phase { return true }
        return false
    }

    private var isInSnapshot: Bool {
        if case .inSnapshot = phase { return true }
        return false
    }

    private mutating func awaitSnapshot() {
        phase = .unsynchronised
        received = 0
    }

    private func welcome(_ hello: Hello) -> CoordinatorMessage {
        let version = min(hello.versions.upperBound, AgentProtocolLimits.versions.upperBound)
        return .welcome(
            session: hello.session, version: version, resumeAfter: isUnsynchronised ? nil : received,
            creditBytes: AgentProtocolLimits.creditBytes)
    }

    private mutating func heard(_ now: Duration) {
        lastHeard = now
        isLost = false
    }

    /// Notes that the agent was heard; one that was lost and goes on in the same session is connected again.
    private mutating func returned(_ now: Duration) -> [InboxAction] {
        let wasLost = isLost
        heard(now)
        return wasLost ? [.deliver(.connected(description))] : []
    }

    private mutating func deliver(_ item: StreamItem) -> [InboxAction] {
        switch item {
        case .reports(let reports): return [.deliver(.reports(reports))]
        case .snapshotBegan:
            phase = .inSnapshot
            return [.deliver(.snapshotBegan)]
        case .snapshotEnded:
            guard case .inSnapshot = phase else { return [] }
            phase = .synchronised
            return [.deliver(.snapshotEnded)]
        }
    }

    private mutating func request(_ now: Duration) -> [InboxAction] {
        guard let session else { return [] }
        if let lastRequest, now - lastRequest < Self.requestInterval { return [] }
        lastRequest = now
        return [.send(.resync(session: session, receivedUpTo: isUnsynchronised ? nil : received))]
    }

    private mutating func ack() -> InboxAction {
        unacknowledgedBytes = 0
        return .send(
            .ack(session: session ?? 0, sequence: received, creditBytes: AgentProtocolLimits.creditBytes))
    }

    private mutating func lose(_ reason: LostReason) -> [InboxAction] {
        isLost = true
        others = 0
        if isInSnapshot { awaitSnapshot() }
        if case .goodbye = reason { session = nil }
        return [.deliver(.lost(reason))]
    }

    private static func versionReason(_ versions: ClosedRange<UInt8>) -> String {
        let own = AgentProtocolLimits.versions
        return "the agent speaks protocol versions \(versions.lowerBound) to \(versions.upperBound), this coordinator "
            + "\(own.lowerBound) to \(own.upperBound): upgrade the older one"
    }
}
