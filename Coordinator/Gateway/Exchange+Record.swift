import HTTPWire
import Observability
import Routing
import Synchronization

extension Exchange {
    func upstreamLabels(_ match: RouteTable.Match) -> [String] {
        let server = match.server.description
        return [server, match.route.description, "model_server", server, record.upstreamModel]
    }

    /// Paths that metrics tell apart; the rest is one.
    private static let paths: Set<String> = [
        "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages", "/v1/rerank",
        "/v1/score",
    ]

    /// The path as metrics have it.
    var pathLabel: String { Self.paths.contains(record.path) ? record.path : "other" }

    /// The model as metrics have it.
    var modelLabel: String { record.isKnownModel ? record.model : "unknown" }

    /// The request is over: into metrics, the access log and the decision log.
    func close(_ record: RequestRecord) {
        let metrics = state.metrics
        state.active.subtract(1, ordering: .relaxed)
        metrics.active.add(-1)
        let model = modelLabel
        if bodies != nil { metrics.activeDownstream.add(-1, [model]) }
        let path = pathLabel
        let status = String(record.status)
        let server = record.match?.server.description ?? "none"
        let backend = [
            record.match?.route.description ?? "none", record.match == nil ? "none" : "model_server", server,
            record.upstreamModel.isEmpty ? "none" : record.upstreamModel,
        ]
        let kind = record.failure?.kind ?? (record.status < 400 ? "successful_request" : "request_failed")
        metrics.requests.add(1, [model, path, status, kind] + backend)
        metrics.duration.observe(record.endedAt / 1_000, [model, path, status] + backend)
        if let prefill = record.prefillMilliseconds {
            metrics.prefillDuration.observe(prefill / 1_000, [model, path, status])
            let decode = max(0, record.endedAt - (record.sentAt ?? 0) - prefill)
            metrics.decodeDuration.observe(decode / 1_000, [model, path, status])
        }
        if let usage = record.usage {
            metrics.tokens.add(Double(usage.promptTokens), [model, path, "input"] + backend)
            metrics.tokens.add(Double(usage.completionTokens), [model, path, "output"] + backend)
            metrics.reportedTokens.add(Double(usage.cachedTokens ?? 0))
        }
        if let predicted = record.predictedCachedTokens { metrics.predictedTokens.add(Double(predicted)) }
        if let first = record.firstByteAt { metrics.timeToFirstByte.observe(first / 1_000, [model]) }
        rememberText(record)
        state.accessLog?.append(record.line)
        state.decisions.append(record)
    }
}
