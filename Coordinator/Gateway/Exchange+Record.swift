import HTTPWire
import Observability
import Routing
import Synchronization

extension Exchange {
    /// What requests like this one count in, as far as it is routed.
    func findWay() -> SeriesCache.Way {
        context.series.way(
            modelLabel, record.match, upstreamModel: record.upstreamModel)
    }

    /// The path as metrics have it.
    var pathLabel: String { APIPath.label(record.path) }

    /// The model as metrics have it.
    var modelLabel: String { record.isKnownModel ? record.model : "unknown" }

    /// The request is over: into metrics, the access log and the decision log.
    func close() {
        let series = context.series
        let way = self.way ?? findWay()
        state.active.subtract(1, ordering: .relaxed)
        series.active.add(-1)
        if bodies != nil { way.activeDownstream.add(-1) }
        let kind = record.failure?.kind ?? (record.status < 400 ? "successful_request" : "request_failed")
        let path = pathLabel
        let outcome = series.outcome(way, path: path, status: record.status, kind: kind)
        outcome.requests.add(1)
        outcome.duration.observe(record.endedAt / 1_000)
        if let prefill = record.prefillMilliseconds {
            let labels = [modelLabel, path, String(record.status)]
            state.metrics.prefillDuration.observe(prefill / 1_000, labels)
            let decode = max(0, record.endedAt - (record.sentAt ?? 0) - prefill)
            state.metrics.decodeDuration.observe(decode / 1_000, labels)
        }
        if let usage = record.usage {
            outcome.tokensIn.add(Double(usage.promptTokens))
            outcome.tokensOut.add(Double(usage.completionTokens))
            series.reportedTokens.add(Double(usage.cachedTokens ?? 0))
        }
        let decision = record.takeDecision()
        if let predicted = record.predictedCachedTokens { state.metrics.predictedTokens.add(Double(predicted)) }
        if let first = record.firstByteAt { way.timeToFirstByte.observe(first / 1_000) }
        rememberText(record)
        state.accessLog?.append { record.appendLine(to: &$0) }
        state.decisions.append(record, decision)
    }
}
