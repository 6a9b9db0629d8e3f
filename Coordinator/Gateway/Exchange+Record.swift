import HTTPWire
import Observability
import Routing
import Synchronization

extension Exchange {
    /// What requests like this one count in, as far as it is routed.
    func findWay() -> SeriesCache.Way {
        // Only names that routes know become labels: those that clients make up are without number.
        let isKnown = record.isKnownModel || record.upstreamModel != record.model
        return context.series.way(
            SeriesCache.Way.Names(
                model: modelLabel, match: record.match, isResolved: server != nil,
                upstreamModel: isKnown || record.model.isEmpty ? record.upstreamModel : Self.unknown))
    }

    private static let unknown = "unknown"

    /// The path as metrics have it.
    var pathLabel: String { Surface.counted.contains(record.path) ? record.path : Self.unknown }

    /// The model as metrics have it.
    var modelLabel: String { record.isKnownModel ? record.model : Self.unknown }

    /// The request is over: into metrics, the access log and the decision log.
    func close() {
        let series = context.series
        let way = self.way ?? findWay()
        state.active.subtract(1, ordering: .relaxed)
        series.active.add(-1)
        if bodies != nil { way.activeDownstream.add(-1) }
        if admission.isWaiting { countWaiting(-1) }
        let kind = record.failure?.kind ?? (record.status < 400 ? "successful_request" : "request_failed")
        let path = pathLabel
        let outcome = series.outcome(way, path: path, status: record.status, kind: kind)
        outcome.requests.add(1)
        outcome.duration.observe(record.endedAt / 1_000)
        if let prefill = record.prefillMilliseconds {
            outcome.prefill.observe(prefill / 1_000)
            outcome.decode.observe(max(0, record.endedAt - (record.sentAt ?? 0) - prefill) / 1_000)
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
        state.accessLog?.append(record, way.lineNames)
        state.decisions.append(record, decision)
    }
}
