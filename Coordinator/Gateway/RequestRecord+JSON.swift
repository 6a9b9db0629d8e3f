import AgentProtocol
import HTTPWire
import JSONValues
import Routing

extension RequestRecord {
    /// The record as `/debug/decisions/{id}` shows it; times in milliseconds. `decision` is what explains it,
    /// where that is still kept.
    func json(_ decision: Decision?) -> JSONValue {
        .members([
            "requestID": .string(id), "method": .string(method), "path": .string(path), "model": .string(model),
            "startedAtMicroseconds": .integer(startedAt), "trace": trace.map(Self.json),
            "route": match.map { .string($0.route.description) }, "rule": match.map { .string($0.rule) },
            "listener": listener.map { .string($0.description) },
            "backend": match.map { .string($0.backend.rawValue) },
            "server": match.map { .string($0.server.description) },
            "tokens": .members([
                "source": .string(tokenSource.rawValue), "prompt": JSONValue(promptTokens),
                "note": tokenNote.map { .string($0) },
            ]),
            "reason": reason.map { .string($0.rawValue) },
            "candidates": decision.map { .array($0.candidates.map(Self.json)) },
            "attempts": .array(attempts.map(Self.json)),
            "retries": JSONValue(max(0, attempts.count - 1)),
            "pod": serving.map { .string($0.endpoint.engine.pod) },
            "prefillPod": serving?.prefill.map { .string($0.engine.pod) },
            "prefillMilliseconds": prefillMilliseconds.map(Self.time),
            "transferDropped": transferDropped ? true : nil,
            "predictedCachedTokens": predictedCachedTokens.map { JSONValue($0) },
            "reported": usage.map { usage in
                .members([
                    "promptTokens": JSONValue(usage.promptTokens),
                    "completionTokens": JSONValue(usage.completionTokens),
                    "cachedTokens": usage.cachedTokens.map { JSONValue($0) },
                ])
            },
            "countedTokens": countedTokens.map { JSONValue($0) },
            "timeToFirstTokenMilliseconds": firstByteAt.map(Self.time),
            "totalMilliseconds": Self.time(endedAt), "status": JSONValue(status),
            "error": failure.map { .string($0.message) }, "errorType": failure.map { .string($0.kind) },
        ])
    }

    private static func json(_ candidate: Decision.Candidate) -> JSONValue {
        .members([
            "pod": .string(candidate.endpoint.engine.pod), "namespace": .string(candidate.endpoint.engine.namespace),
            "port": JSONValue(candidate.endpoint.port), "role": .string(candidate.endpoint.role.rawValue),
            "group": candidate.endpoint.group.isEmpty ? nil : .string(candidate.endpoint.group),
            "costMilliseconds": candidate.cost == CostParts() ? nil : json(candidate.cost),
            "scores": candidate.score.map { json(candidate.scores, total: $0) },
            "cachedTokens": JSONValue(candidate.cachedTokens), "pendingTokens": JSONValue(candidate.pendingTokens),
            "excluded": candidate.exclusion.map { .string($0.rawValue) },
            "because": candidate.exclusion.map { .string($0.sentence) },
        ])
    }

    private static func json(_ trace: RequestTrace) -> JSONValue {
        .members([
            "traceID": .string(trace.context.traceID),
            "spanID": trace.outgoing == nil ? nil : .string(TraceContext.text(ofSpan: trace.context.span)),
            "parentSpanID": (trace.outgoing == nil ? trace.context.span : trace.parent).map {
                .string(TraceContext.text(ofSpan: $0))
            },
        ])
    }

    private static func json(_ cost: CostParts) -> JSONValue {
        .members([
            "total": time(cost.total), "queue": time(cost.queue), "prefill": time(cost.prefill),
            "interference": time(cost.interference), "decode": time(cost.decode), "adapter": time(cost.adapter),
            "pressure": time(cost.pressure),
        ])
    }

    private static func json(_ scores: [(plugin: String, score: Double)], total: Double) -> JSONValue {
        var object = JSONValue.members(["total": .double(total)])
        for (plugin, score) in scores { object[plugin] = .double(score) }
        return object
    }

    private static func json(_ attempt: Attempt) -> JSONValue {
        .members([
            "pod": .string(attempt.endpoint.engine.pod), "prefillPod": attempt.prefill.map { .string($0.engine.pod) },
            "outcome": .string(attempt.outcome), "status": attempt.status.map { JSONValue($0) },
            "milliseconds": Self.time(attempt.milliseconds),
        ])
    }

    /// Milliseconds to the microsecond.
    private static func time(_ milliseconds: Double) -> JSONValue {
        .double((milliseconds * 1_000).rounded() / 1_000)
    }
}

extension Decision.Exclusion {
    /// Why a candidate was left out, in one sentence.
    var sentence: String {
        switch self {
        case .notReady: "Its engine does not answer its health endpoint"
        case .failedLately: "Requests of this router failed there a moment ago, so that it is left alone for a while"
        case .adapterNotLoaded: "Its engine has not loaded the adapter that the request names"
        case .noPartner: "Its group has no ready engine of the other role"
        case .filteredOut: "A filter of the configured plugins leaves it out"
        }
    }
}
