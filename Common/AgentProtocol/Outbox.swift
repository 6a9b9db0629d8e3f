/// What the driver of an `Outbox` has to do.
package enum OutboxAction: Sendable, Hashable {
    case send([UInt8])
    /// Ask the engines for reports that rebuild everything, then call `snapshotTaken`. Reports added from now on follow
    /// the snapshot, so what changes while it is taken is not lost.
    case takeSnapshot
    /// Nothing is heard any more: drop the connection and dial again, then call `connected`.
    case reconnect
    /// The coordinator refused this agent; it is asked again after `Outbox.refusedPause`.
    case refused(String)
    /// The coordinator asks for a piece of files: send what `Outbox.message` makes of it.
    case readPiece(ModelFilesPlace)
    /// The coordinator has this under way: tell the other coordinators, by `Outbox.tell`.
    case passOn(ReplicaWork)
}

/// The agent's end of a link to one coordinator, without sockets or clocks: reports go in, messages come out, in order,
/// each once. Times are monotonic, from any origin of the caller's.
///
/// 1. An item stays in the buffer until it is acknowledged; a new session resumes after the last one received.
/// 2. What was lost beyond the buffer is made good by a snapshot; nothing older than its cut is sent after it.
/// 3. Waiting and buffered reports are bounded; more than the bound means a snapshot, not memory.
package struct Outbox: Sendable {
    package static let heartbeatInterval = Duration.seconds(1)
    /// Silence after which a connection counts as dead.
    package static let silenceMax = Duration.seconds(3)
    package static let helloInterval = Duration.milliseconds(500)
    package static let refusedPause = Duration.seconds(5)
    /// Questions for pieces that wait to be answered; one beyond is dropped, and asked again.
    static let piecesMax = 4
    /// Work of the coordinator's that waits to be passed on; the oldest beyond is dropped, and told again in time.
    static let passedMax = 256

    private enum Session: Sendable {
        case none
        /// Hello is due at this time.
        case greeting(helloAt: Duration)
        case open(credit: UInt64)
    }

    private let description: AgentDescription
    private var session = Session.none
    private var sessionNumber: UInt64
    private var buffer = StreamBuffer()
    private var queue = ReportQueue()
    /// Reports of a snapshot that are not in the buffer yet; nil when none is being sent.
    private var snapshot: SnapshotProgress?
    private var needsSnapshot = true
    private var lastHeard = Duration.zero
    private var lastSent = Duration.zero
    private var outgoing: [OutboxAction] = []
    private var passing: [ReplicaWork] = []
    private var work = WorkQueue()
    private var passingDropped = 0
    /// The coordinator understands work of other replicas.
    private var knowsWork: Bool { version >= AgentProtocolLimits.workVersion }
    /// The protocol's version in this session.
    private var version = AgentProtocolLimits.versions.lowerBound
    /// Other coordinators that hear what this one has under way, and how many it was told of.
    private var others = 0
    private var othersTold = 0

    private enum SnapshotProgress: Sendable {
        case asked
        case sending(ArraySlice<Report>)
    }

    package init(_ description: AgentDescription) {
        self.description = description
        // Sessions of a later life never meet those of an earlier one as long as an epoch counts time.
        sessionNumber = description.epoch
    }

    /// The session is open and nothing waits or is unacknowledged.
    package var isIdle: Bool {
        guard case .open = session else { return false }
        return buffer.isEmpty && queue.isEmpty && snapshot == nil && !needsSnapshot && outgoing.isEmpty
    }

    package var isOpen: Bool {
        if case .open = session { return true }
        return false
    }

    /// Takes a fact to tell. While a snapshot is due anyway it is dropped: the snapshot will contain it.
    package mutating func add(_ report: Report) {
        if needsSnapshot { return }
        if !queue.add(report) { requireSnapshot() }
    }

    /// A session is open with a coordinator that understands work of other replicas.
    package var sharesWork: Bool { isOpen && knowsWork }

    /// Entries of other replicas' work that found no room, so far.
    package var workDropped: Int { work.dropped + passingDropped }

    /// Takes what another coordinator has under way.
    package mutating func tell(_ work: ReplicaWork) {
        if sharesWork { self.work.add(work) }
    }

    /// So many other coordinators hear what this one has under way.
    package mutating func setOthers(_ count: Int) { others = count }

    /// A connection exists; a session is opened on it.
    package mutating func connected(now: Duration) {
        sessionNumber &+= 1
        session = .greeting(helloAt: now)
        lastHeard = now
        forgetWork()
    }

    /// The connection is gone. What was sent and not acknowledged is kept for the next one.
    package mutating func disconnected() {
        session = .none
        forgetWork()
        if case .asked? = snapshot { requireSnapshot() }
    }

    /// Bytes from the coordinator; throws when they are no message, which is then ignored.
    package mutating func received(_ bytes: ArraySlice<UInt8>, now: Duration) throws(WireError) {
        let message = try CoordinatorMessage(bytes: bytes)
        switch message {
        case .welcome(let number, let version, let resumeAfter, let credit) where number == sessionNumber:
            lastHeard = now
            self.version = version
            welcome(resumeAfter, credit)
        case .ack(let number, let sequence, let credit) where number == sessionNumber:
            lastHeard = now
            guard isOpen else { return }
            session = .open(credit: credit)
            buffer.acknowledge(sequence)
        case .resync(let number, let receivedUpTo) where number == sessionNumber:
            lastHeard = now
            if isOpen { resync(receivedUpTo) }
        case .whoAreYou(let number) where number == sessionNumber:
            lastHeard = now
            // While greeting it answers something older than the hello that is under way.
            if isOpen { connected(now: now) }
        case .refused(let number, let reason) where number == sessionNumber:
            lastHeard = now
            session = .greeting(helloAt: now + Self.refusedPause)
            outgoing.append(.refused(reason))
        case .wants(let number, let place) where number == sessionNumber:
            lastHeard = now
            if isOpen, outgoing.count < Self.piecesMax { outgoing.append(.readPiece(place)) }
        case .work(let number, let work) where number == sessionNumber:
            lastHeard = now
            pass(work)
        case .welcome, .ack, .resync, .whoAreYou, .refused, .wants, .work: return
        }
    }

    /// The answer to `takeSnapshot`; ignored when the need has gone by.
    package mutating func snapshotTaken(_ reports: [Report]) {
        guard case .asked? = snapshot else { return }
        buffer.append(.snapshotBegan, byteCount: 20)
        snapshot = .sending(reports.flatMap(\.pieces)[...])
    }

    /// The next thing to do; call until it answers nil. Sends what is due at `now`.
    package mutating func next(now: Duration) -> OutboxAction? {
        if !outgoing.isEmpty { return outgoing.removeFirst() }
        if !passing.isEmpty { return .passOn(passing.removeFirst()) }
        switch session {
        case .none: return nil
        case .greeting(let helloAt): return greet(helloAt, now)
        case .open(let credit): return nextWork() ?? nextItem(credit, now) ?? keepAlive(now)
        }
    }

    /// When `next` has something to do although nothing happens; nil for never.
    package var nextDeadline: Duration? {
        switch session {
        case .none: nil
        case .greeting(let helloAt): helloAt
        case .open: min(lastSent + Self.heartbeatInterval, lastHeard + Self.silenceMax)
        }
    }

    /// The message with a piece that was asked for, if a session is open.
    package func message(_ piece: ModelFilesPiece) -> [UInt8]? {
        isOpen ? AgentMessage.piece(session: sessionNumber, piece).bytes : nil
    }

    /// The last message of this life, if a session is open.
    package func goodbye(_ reason: String) -> [UInt8]? {
        isOpen ? AgentMessage.goodbye(session: sessionNumber, reason: reason).bytes : nil
    }
}

/// The steps.
extension Outbox {
    private mutating func requireSnapshot() {
        needsSnapshot = true
        snapshot = nil
        queue = ReportQueue()
    }

    private mutating func forgetWork() {
        outgoing = []
        passing = []
        work = WorkQueue(dropped: work.dropped)
        othersTold = 0
    }

    private mutating func pass(_ work: ReplicaWork) {
        guard isOpen else { return }
        passing.append(work)
        guard passing.count > Self.passedMax else { return }
        passing.removeFirst()
        passingDropped += 1
    }

    /// What other replicas have under way goes first: it is small, and of use for a moment only.
    private mutating func nextWork() -> OutboxAction? {
        guard knowsWork else { return nil }
        if othersTold != others {
            othersTold = others
            return .send(AgentMessage.replicas(session: sessionNumber, others: others).bytes)
        }
        return work.next().map { .send(AgentMessage.work(session: sessionNumber, $0).bytes) }
    }

    private mutating func welcome(_ resumeAfter: UInt64?, _ credit: UInt64) {
        guard case .greeting = session else { return }
        session = .open(credit: credit)
        guard let resumeAfter, buffer.rewind(after: resumeAfter) else { return restartSnapshot() }
    }

    private mutating func resync(_ receivedUpTo: UInt64?) {
        guard let receivedUpTo else { return restartSnapshot() }
        // Asking for what it has acknowledged, the coordinator is not the one that did: it gets a snapshot.
        if !buffer.rewind(after: receivedUpTo) { restartSnapshot() }
    }

    /// Sends the snapshot that is in the buffer again, or begins a new one.
    private mutating func restartSnapshot() {
        if buffer.beginsWithSnapshot {
            _ = buffer.rewind(after: buffer.acknowledged)
        } else {
            requireSnapshot()
        }
    }

    private mutating func greet(_ helloAt: Duration, _ now: Duration) -> OutboxAction? {
        if now - max(lastHeard, lastSent) >= Self.silenceMax && helloAt <= now { return reconnect() }
        guard helloAt <= now else { return nil }
        session = .greeting(helloAt: now + Self.helloInterval)
        let hello = Hello(
            versions: AgentProtocolLimits.versions, session: sessionNumber, description: description)
        return .send(AgentMessage.hello(hello).bytes)
    }

    private mutating func reconnect() -> OutboxAction {
        disconnected()
        return .reconnect
    }

    private mutating func nextItem(_ credit: UInt64, _ now: Duration) -> OutboxAction? {
        if needsSnapshot {
            needsSnapshot = false
            buffer.clear()
            queue = ReportQueue()
            snapshot = .asked
            return .takeSnapshot
        }
        if !buffer.hasUnsent { fill(credit) }
        guard let (sequence, item) = buffer.next(credit: credit) else { return nil }
        lastSent = now
        return .send(AgentMessage.item(session: sessionNumber, sequence: sequence, item).bytes(version: version))
    }

    private mutating func keepAlive(_ now: Duration) -> OutboxAction? {
        if now - lastHeard >= Self.silenceMax { return reconnect() }
        guard now - lastSent >= Self.heartbeatInterval else { return nil }
        lastSent = now
        othersTold = 0
        return .send(AgentMessage.heartbeat(session: sessionNumber, last: buffer.sent).bytes)
    }

    /// Makes one more item of what waits: first the snapshot, then reports.
    private mutating func fill(_ credit: UInt64) {
        switch snapshot {
        case .asked?: return
        case .sending(var rest)?:
            if rest.isEmpty {
                buffer.append(.snapshotEnded, byteCount: 20)
                snapshot = nil
                return
            }
            var item = ItemBuilder()
            while let report = rest.first, item.add(report) { rest.removeFirst() }
            buffer.append(.reports(item.reports), byteCount: item.byteCount)
            snapshot = .sending(rest)
        case nil:
            if queue.isEmpty { return }
            var item = ItemBuilder()
            while let report = queue.first, item.add(report) { queue.removeFirst() }
            buffer.append(.reports(item.reports), byteCount: item.byteCount)
        }
    }
}

/// Gathers reports for one item.
private struct ItemBuilder {
    private(set) var reports: [Report] = []
    private(set) var byteCount = 20

    /// False when the report belongs into the next item. The first always fits.
    mutating func add(_ report: Report) -> Bool {
        let size = report.byteCountEstimate
        if !reports.isEmpty, byteCount + size > AgentProtocolLimits.itemBytesTarget { return false }
        reports.append(report)
        byteCount += size
        return true
    }
}

extension Report {
    /// About the size in bytes; texts count in full.
    fileprivate var byteCountEstimate: Int {
        switch self {
        case .engine(let description):
            240 + description.id.byteCountEstimate
                + (description.models + description.adapters).reduce(0) { $0 + $1.utf8.count + 2 }
        case .engineGone(let id): 8 + id.byteCountEstimate
        case .load(let id, _): 48 + id.byteCountEstimate
        case .cache(let id, _, _, _): 32 + id.byteCountEstimate + blockCount * 8
        }
    }
}

extension EngineID {
    fileprivate var byteCountEstimate: Int { namespace.utf8.count + pod.utf8.count + 6 }
}
