import HTTPWire
import KVBlocks
import NIOCore
import Observability
import Routing
import Synchronization

/// One client request on its way: from its complete body to the last byte of its answer.
///
/// 1. The client gets one answer: either some engine's, or one error of ours, and nothing after it.
/// 2. No engine is tried again once a byte of an answer went to the client.
/// 3. Every lease of the in-flight ledger ends when the exchange does, whichever way that is.
/// 4. When the client goes, whatever runs upstream for it is cut off at once.
/// 5. A leg goes to an engine of its role, or nowhere.
final class Exchange {
    let context: LoopContext
    let head: RequestHead
    var body: [UInt8]
    var members = JSONMembers()
    let record: RequestRecord
    private(set) var front: (any ExchangeFront)?

    var entry = Entry() { didSet { record.listener = entry.listener } }
    /// Why no ModelRoute can take the request.
    private(set) var fault: ClientError?
    /// The routes it was read by, and its model there; nil where no route is for its model.
    var moment: RoutingMoment?
    var served: ServedModel?
    var server: TargetServer?
    var bodies: LegBodies?
    var choices: [Decision.Choice] = []
    var attemptsMax = 0
    var attemptCount = 0
    var attemptStart = NIODeadline.now()
    var triesDecodeAlone = false
    var collected: CollectedLeg?
    var answer: AnswerLeg?
    var waiting: Scheduled<Void>?
    var leases: [InFlight.Lease] = []
    var retry = Retrying()
    /// What it counts in; nil until a target is found for it.
    var way: SeriesCache.Way?
    var chainHashes: [BlockHash] = []
    var admission = Admission()
    let surface: Surface
    var routing: RoutingWork
    private(set) var isDone = false

    var state: GatewayState { context.state }
    var configuration: GatewayConfiguration { context.state.configuration }

    init(_ context: LoopContext, front: any ExchangeFront, head: RequestHead, body: [UInt8], id: String) {
        self.context = context
        self.front = front
        self.head = head
        self.body = body
        routing = RoutingWork(policy: context.state.policy)
        surface = Surface(path: head.pathText)
        record = RequestRecord(
            id: id, method: head.methodText, path: head.pathText, isOld: head.isOld)
    }

    func start() {
        state.active.add(1, ordering: .relaxed)
        context.series.active.add(1)
        joinTrace()
        do {
            try authenticate()
        } catch {
            refuse(error)
        }
    }

    /// Reads the body's members and goes on to admission, or to the match where there is no model to admit.
    func route() throws(ClientError) {
        do {
            try readModel()
        } catch {
            // Only the Gateway API has routes for what is no request of a model.
            guard entry.listener != nil else { throw error }
            fault = error
            return try match()
        }
        try admit()
    }

    /// A stream whose client did not ask for its usage: it is asked for and taken out again.
    var wantsUsageAsked: Bool {
        let body = self.body
        guard configuration.asksForUsage, surface.asksForUsage, members.isTrue(.stream) else { return false }
        guard let options = members[.streamOptions], options.kind != .null else { return true }
        guard options.kind == .object,
            let inner = try? JSONMembers.scan(body.span.extracting(options.value))
        else { return false }
        return !inner.isTrue(.includeUsage)
    }

    // Ends: each of them happens once, and only one of them.

    /// Answers with an error of ours; nothing of an answer was sent yet.
    func refuse(_ error: ClientError) {
        guard !isDone else { return }
        record.failure = error
        answer(error.status, error.body, error.fields)
    }

    /// Answers without an engine.
    func answer(_ local: LocalAnswer) {
        guard !isDone else { return }
        answer(local.status, local.body)
    }

    private func answer(_ status: Int, _ body: [UInt8], _ fields: [(name: String, value: String)] = []) {
        record.status = status
        let (front, keepsAlive) = (self.front, keepsClientAlive)
        finish(.abandoned)
        let bytes = HeadWriter.response(
            status: status, type: "application/json", body: body, requestID: record.id, keepsAlive: keepsAlive,
            isOldClient: head.isOld, isBodyless: head.method == .head, fields: fields)
        front?.write(bytes)
        front?.exchangeEnded(self, keepsAlive: keepsAlive)
    }

    var keepsClientAlive: Bool { head.keepsAlive && !state.isDraining.load(ordering: .relaxed) }

    /// The whole answer went to the client.
    func succeed(keepsAlive: Bool) {
        guard !isDone else { return }
        let front = self.front
        finish(.answered)
        front?.exchangeEnded(self, keepsAlive: keepsAlive)
    }

    /// The engine broke off in mid-answer: the client's connection ends too, so that it cannot take the part for a
    /// whole.
    func breakOff(_ failure: UpstreamFailure) {
        breakOff(.brokeOff(failure, at: record.serving?.endpoint), failure.outcome)
    }

    /// The same for a reason of ours, which no engine is to blame for.
    func breakOff(_ error: ClientError, _ outcome: InFlight.Outcome = .abandoned) {
        guard !isDone else { return }
        record.failure = error
        let front = self.front
        finish(outcome)
        front?.exchangeBroke(self)
    }

    /// The client is gone.
    func cancel() {
        guard !isDone else { return }
        if record.status == 0 { record.status = admission.isWaiting ? 503 : 499 }
        record.failure = admission.isWaiting ? .leftQueue : .clientLeft
        finish(.abandoned)
    }

    private func finish(_ outcome: InFlight.Outcome) {
        isDone = true
        front = nil
        waiting?.cancel()
        waiting = nil
        collected?.cancel()
        collected = nil
        answer?.cancel()
        answer = nil
        endLeases(outcome)
        endRetries()
        record.endedAt = record.elapsed
        settle()
        close()
        body = []
        bodies = nil
    }

    func endLeases(_ outcome: InFlight.Outcome) {
        guard !leases.isEmpty else { return }
        state.end(leases, outcome == .answered && record.upstreamStatus == 500 ? .faulty : outcome)
        way?.activeUpstream?.add(-Double(leases.count))
        leases = []
    }

    func tick(_ now: NIODeadline) {
        answer?.tick(now)
        if !isDone { watch(now) }
    }

    func clientWritable(_ isWritable: Bool) { answer?.clientWritable(isWritable) }
}
