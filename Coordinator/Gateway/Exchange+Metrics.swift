import AgentProtocol
import NIOCore
import Observability
import Routing
import Synchronization

/// What single steps of a request count.
extension Exchange {
    /// One plugin's part in a decision, which began at `start`.
    func count(_ stage: PluginPolicy.Stage, since start: NIODeadline) {
        way?.plugin(stage).observe(NIODeadline.now().milliseconds(since: start) / 1_000)
    }

    /// How much of the prompt was found where it was looked for.
    func count(_ readings: TargetReadings, for request: RoutingRequest) {
        if !request.chain.isEmpty {
            let most = readings.engines.lazy.map(\.matchedBlocks).max() ?? 0
            way?.cacheRatio.observe(Double(most) / Double(request.chain.count))
        }
        if !request.text.isEmpty {
            let most = readings.textBlocks.max() ?? 0
            way?.prefixRatio.observe(Double(most) / Double(request.text.count))
        }
    }

    /// An engine's answer to `/tokenize`, nil where none came; `asked` is when the question was sent.
    func countTokenization(_ status: Int?, asked: NIODeadline) {
        let prompts = state.metrics.prompts
        prompts.tokenizeSeconds.observe(NIODeadline.now().milliseconds(since: asked) / 1_000, [modelLabel])
        if status != 200 { prompts.errors.add(1, [modelLabel, "tokenize"]) }
        // The path is not there: no fault of this prompt's.
        guard let status, [404, 405, 501].contains(status) else { return }
        prompts.unsupportedTokenizers.add(1, [modelLabel, server?.engine.rawValue ?? "none"])
    }

    /// Who waits has no way yet, and counts for its model all the same.
    func countWaiting(_ change: Double) { state.metrics.activeDownstream.add(change, [modelLabel]) }

    /// Once a request went well, its prompt is known to have been where it was served.
    func rememberText(_ record: RequestRecord) {
        guard !routing.text.isEmpty, record.failure == nil, record.status < 300, let serving = record.serving else {
            return
        }
        let engines = [serving.prefill, serving.endpoint].compactMap { $0?.engine }
        let evicted = state.prefixes.withLock { prefixes in
            engines.reduce(0) { $0 + prefixes.record(routing.text, on: $1) }
        }
        if evicted > 0 { state.metrics.prompts.prefixEvictions.add(Double(evicted), [modelLabel]) }
    }
}

extension GatewayState {
    /// Lets a scrape read what is not counted as it happens.
    func beginCollecting() {
        // Not the state itself: what holds it weakly makes each count of its references slow.
        metrics.registry.onCollect { [prefixes, entries = metrics.prompts.prefixEntries] in
            entries.set(Double(prefixes.withLock { $0.count }))
        }
    }
}
