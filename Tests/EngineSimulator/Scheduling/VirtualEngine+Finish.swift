import EngineWire

extension VirtualEngine {
    /// Ends a step at `now`, seconds; `wallTime` (seconds since 1970) stamps the event batch.
    package func finishStep(_ plan: StepPlan, now: Double, wallTime: Double) -> StepOutcome {
        var outcome = StepOutcome()
        for part in plan.parts where part.sequence.status == .running && part.sequence.isInStep {
            part.sequence.isInStep = false
            part.sequence.computed += part.tokens
            guard part.sequence.computed == part.sequence.tokens.count else { continue }
            outcome.outputs.append(extend(part.sequence, now: now))
        }
        if plan.computes { statistics.iterationTokens.observe(Double(plan.parts.reduce(0) { $0 + $1.tokens })) }
        outcome.batch = takeBatch(wallTime: wallTime)
        return outcome
    }

    /// Every change of the cache that has not been told of.
    private func takeBatch(wallTime: Double) -> KVEventBatch? {
        let changes = pool.takeEvents()
        guard !changes.isEmpty else { return nil }
        let events = changes.map { $0.event(blockSize: configuration.blockSize, hashes: configuration.hashes) }
        return KVEventBatch(time: wallTime, events: events, rank: configuration.rank)
    }

    private func extend(_ sequence: EngineSequence, now: Double) -> SequenceOutput {
        let token = sequence.nextToken()
        sequence.tokens.append(token)
        observeToken(sequence, now: now)
        var output = SequenceOutput(
            id: sequence.id, token: token, finish: finishReason(sequence, after: token),
            cachedTokens: sequence.cachedTokens ?? 0, lent: nil)
        guard let reason = output.finish else { return output }
        switch sequence.request.transfer {
        case .lends: output.lent = lend(sequence, as: sequence.request.name, now: now)
        // Blocks of a request that ended otherwise are not kept.
        case .lendsUnder(let id) where reason == .length: _ = lend(sequence, as: id, now: now)
        case .lendsUnder, .none, .pulls: break
        }
        observeEnd(sequence, reason, now: now)
        end(sequence)
        return output
    }

    private func finishReason(_ sequence: EngineSequence, after token: UInt32) -> FinishReason? {
        let request = sequence.request
        if token == Tokenizer.turnEnd, !request.ignoresEnd, sequence.outputCount > request.minTokens { return .stop }
        if sequence.outputCount >= request.maxTokens { return .length }
        return sequence.tokens.count >= configuration.maxModelLength ? .length : nil
    }

    private func observeToken(_ sequence: EngineSequence, now: Double) {
        statistics.generationTokens += 1
        if let last = sequence.lastTokenAt {
            statistics.interTokenLatency.observe(now - last)
        } else {
            sequence.firstTokenAt = now
            statistics.timeToFirstToken.observe(now - sequence.arrival)
            statistics.countPrompt(sequence)
        }
        sequence.lastTokenAt = now
    }

    private func observeEnd(_ sequence: EngineSequence, _ reason: FinishReason, now: Double) {
        statistics.finished[reason, default: 0] += 1
        let scheduled = sequence.scheduledAt ?? now
        let first = sequence.firstTokenAt ?? now
        statistics.endToEnd.observe(now - sequence.arrival)
        statistics.queueTime.observe(scheduled - sequence.arrival)
        statistics.inferenceTime.observe(now - scheduled)
        statistics.prefillTime.observe(first - scheduled)
        statistics.decodeTime.observe(now - first)
        if sequence.outputCount > 1 {
            statistics.timePerOutputToken.observe((now - first) / Double(sequence.outputCount - 1))
        }
        statistics.promptLengths.observe(Double(sequence.promptCount))
        statistics.generationLengths.observe(Double(sequence.outputCount))
        statistics.maxTokensAsked.observe(Double(sequence.request.maxTokens))
        statistics.choicesAsked.observe(1)
    }
}
