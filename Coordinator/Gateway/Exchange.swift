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
final class Exchange {
    let context: LoopContext
    let head: RequestHead
    var body: [UInt8]
    var members = JSONMembers()
    var record: RequestRecord
    private(set) var front: FrontHandler?

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
    /// What it counts in; nil until a target is found for it.
    var way: SeriesCache.Way?
    var chainHashes: [BlockHash] = []
    private(set) var isDone = false

    var state: GatewayState { context.state }
    var configuration: GatewayConfiguration { context.state.configuration }

    init(_ context: LoopContext, front: FrontHandler, head: RequestHead, body: [UInt8], id: String) {
        self.context = context
        self.front = front
        self.head = head
        self.body = body
        record = RequestRecord(
            id: id, method: head.methodText, path: head.pathText, isOld: head.isOld)
    }

    func start() {
        state.active.add(1, ordering: .relaxed)
        context.series.active.add(1)
        do {
            try route()
        } catch {
            refuse(error)
        }
    }

    /// Reads the body's members, matches a route and goes on to the prompt.
    private func route() throws(ClientError) {
        let body = self.body
        do {
            members = try JSONMembers.scan(body.span)
        } catch {
            throw ClientError(400, "prompt_parsing", error.sentence)
        }
        guard let model = members.string(.model, in: body.span), !Self.isBlank(model) else {
            throw .modelNotFound
        }
        record.model = model
        let table = state.routes
        record.isKnownModel = table.knows(model)
        record.promptTokens = body.count / 4
        if isGeneration, members[.messages] == nil, members[.prompt] == nil, members[.input] == nil {
            throw .promptNotFound
        }
        let query = RouteQuery(model: model, path: record.path) { [head] in head.fields.first(named: $0) ?? "" }
        guard let match = table.match(query, draw: context.random.next()) else { throw .routeNotFound(model) }
        record.match = match
        guard let server = table.servers[match.server] else {
            throw ClientError(
                404, "pod_discovery",
                "can't find model server: \(match.server), which ModelRoute \(match.route) sends model '\(model)' to; "
                    + "create it or change the route."
            )
        }
        guard !server.endpoints.isEmpty else {
            throw ClientError(
                503, "pod_discovery",
                "no available pods for model server: \(server.name); "
                    + "wait until a pod that its workloadSelector matches is ready."
            )
        }
        guard server.scheme == .http else {
            throw ClientError(
                503, "port_discovery",
                "ModelServer \(server.name) asks for https towards its pods, which this router does not speak; "
                    + "set workloadPort.protocol to http."
            )
        }
        self.server = server
        let isAdapter = match.isAdapter
        let upstream = isAdapter ? nil : server.model.flatMap { $0 == model ? nil : $0 }
        record.upstreamModel = upstream ?? model
        bodies = LegBodies(body: body, members: members, model: upstream, asksForUsage: wantsUsageAsked)
        let way = findWay()
        self.way = way
        way.activeDownstream.add(1)
        findPrompt(of: server)
    }

    /// Nothing but white space; most names show at their first byte that they are not.
    private static func isBlank(_ model: String) -> Bool {
        if let first = model.utf8.first, first > 0x20, first < 0x7F { return false }
        return model.allSatisfy(\.isWhitespace)
    }

    /// One of the two interfaces whose prompts routing understands.
    var isGeneration: Bool { record.path == "/v1/chat/completions" || record.path == "/v1/completions" }

    /// A stream whose client did not ask for its usage: it is asked for and taken out again.
    private var wantsUsageAsked: Bool {
        let body = self.body
        guard configuration.asksForUsage, isGeneration, members.isTrue(.stream) else { return false }
        guard let options = members[.streamOptions], options.kind != .null else { return true }
        guard options.kind == .object,
            let inner = try? JSONMembers.scan(body.span.extracting(options.value))
        else { return false }
        return !inner.isTrue(.includeUsage)
    }

    /// Chooses engines, now that the prompt is as well known as it gets.
    func decide(_ chain: PromptChain?) {
        guard let server, !isDone else { return }
        if let chain { record.promptTokens = chain.tokenCount }
        let body = self.body
        let limit =
            members.integer(.maxCompletionTokens, in: body.span) ?? members.integer(.maxTokens, in: body.span)
        let request = RoutingRequest(
            promptTokens: record.promptTokens, chain: chain?.hashes ?? [], blockSize: chain?.blockSize ?? 0,
            outputTokensMax: limit.map { max(0, $0) }, adapter: record.match?.isAdapter == true ? record.model : nil,
            draw: context.random.next())
        let matches = chain.map { state.fleet.matches($0.hashes) } ?? [:]
        let snapshot = state.fleet.snapshot()
        let now = NIODeadline.now().duration
        let inFlight = state.inFlight.withLock { $0 }
        let decision = Decider(request, matches: matches, inFlight: inFlight, now: now)
            .decide(server) { snapshot($0.engine) }
        record.decision = decision
        context.series.decisions(decision.reason).add(1)
        choices = decision.choices
        guard !choices.isEmpty else {
            return refuse(
                ClientError(
                    400, "scheduling",
                    "can't schedule to target pod: ModelServer \(server.name) has no ready prefill and decode "
                        + "pods in one group."
                ))
        }
        attemptsMax = server.retry.map { max(1, $0.attempts + 1) } ?? choices.count
        chainHashes = chain?.hashes ?? []
        attempt()
    }

    // Ends: each of them happens once, and only one of them.

    /// Answers with an error of ours; nothing of an answer was sent yet.
    func refuse(_ error: ClientError) {
        guard !isDone else { return }
        record.failure = error
        record.status = error.status
        let front = self.front
        let keepsAlive = keepsClientAlive
        finish(.abandoned)
        let bytes = HeadWriter.response(
            status: error.status, type: "application/json", body: error.body, requestID: record.id,
            keepsAlive: keepsAlive, isOldClient: head.isOld, isBodyless: head.method == .head)
        front?.write(ByteBuffer(bytes: bytes))
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
        guard !isDone else { return }
        record.failure = ClientError(502, "proxy", "the answer broke off: \(failure.text)")
        let front = self.front
        finish(.failed)
        front?.exchangeBroke(self)
    }

    /// The client is gone.
    func cancel() {
        guard !isDone else { return }
        if record.status == 0 { record.status = 499 }
        record.failure = ClientError(499, "request_failed", "the client closed the connection before the answer's end")
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
        record.endedAt = record.elapsed
        close()
        body = []
        bodies = nil
    }

    func endLeases(_ outcome: InFlight.Outcome) {
        guard !leases.isEmpty else { return }
        let now = NIODeadline.now().duration
        state.inFlight.withLock { inFlight in
            for lease in leases { inFlight.end(lease, outcome, now: now) }
        }
        way?.activeUpstream?.add(-Double(leases.count))
        leases = []
    }

    func tick(_ now: NIODeadline) { answer?.tick(now) }

    func clientWritable(_ isWritable: Bool) { answer?.clientWritable(isWritable) }
}
