import HTTPWire
import NIOCore
import Observability
import Routing

/// Everything worth telling of one request: the decision, each attempt, and how it ended. No prompt text.
///
/// 1. Only its exchange changes it, on its loop, and nobody once the exchange closed it: so it may be read anywhere
///    afterwards.
final class RequestRecord: @unchecked Sendable {
    /// One try at an engine or a pair.
    struct Attempt: Sendable {
        var endpoint: Endpoint
        var prefill: Endpoint?
        /// `answered`, or why not.
        var outcome: String
        var status: Int?
        var milliseconds: Double
    }

    /// Where the count of prompt tokens comes from.
    enum TokenSource: String, Sendable { case estimate, engine, local, cache, request, unavailable, notNeeded }

    let id: String
    let method: String
    let path: String
    let isOld: Bool
    /// It came over HTTP/2.
    var isHTTP2 = false
    let startedAt: Int64
    let start: NIODeadline
    var model = ""
    var isKnownModel = false
    /// Nil where the request belongs to no trace.
    var trace: RequestTrace?
    /// The Gateway's listener it came in on; nil without the Gateway API.
    var listener: ListenerID?
    var match: RouteTable.Match?
    var upstreamModel = ""
    var tokenSource = TokenSource.estimate
    var tokenNote: String?
    var promptTokens = 0
    /// How candidates were weighed; until the exchange closes it.
    var decision: Decision?
    var reason: Decision.Reason?
    /// The prompt tokens expected in the cache of the engine that computed the prompt.
    private(set) var predictedCachedTokens: Int?
    var attempts: [Attempt] = []
    var prefillMilliseconds: Double?
    var transferDropped = false
    var usage: Usage?
    /// Output tokens counted here, of a stream that ended before its usage; nil where nobody counted.
    var countedTokens: Int?
    var status = 0
    var failure: ClientError?
    var upstreamStatus: Int?
    /// Milliseconds from the head to: sending upstream first, the upstream's answer, the first body byte, the end.
    var sentAt: Double?
    var headAt: Double?
    var firstByteAt: Double?
    var endedAt = 0.0

    init(id: String, method: String, path: String, isOld: Bool) {
        self.id = id
        self.method = method
        self.path = path
        self.isOld = isOld
        startedAt = WallClock.microseconds
        start = .now()
    }

    var elapsed: Double { NIODeadline.now().milliseconds(since: start) }

    /// Output tokens that the answer cost, as far as anybody can say.
    var outputTokens: Int? { usage?.completionTokens ?? countedTokens }

    /// Which attempt the client's answer came from.
    var servingIndex: Int? { attempts.lastIndex { $0.outcome == "answered" } }

    /// The attempt that the client's answer came from.
    var serving: Attempt? { servingIndex.map { attempts[$0] } }

    /// Keeps of the decision what everybody wants to know, and hands it over.
    func takeDecision() -> Decision? {
        defer { decision = nil }
        guard let decision, let serving else { return decision }
        switch tokenSource {
        case .estimate, .unavailable, .notNeeded: break
        case .engine, .local, .cache, .request:
            predictedCachedTokens = decision.candidate(serving.prefill ?? serving.endpoint)?.cachedTokens
        }
        return decision
    }
}
