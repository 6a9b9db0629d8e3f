extension VirtualEngine {
    /// Decides the next step at `now`; nil when there is nothing to do before something changes from outside.
    package func beginStep(now: Double) -> StepPlan? {
        expireLent(now: now)
        var plan = StepPlan(parts: [], work: StepWork(), seconds: 0, pulls: [])
        var budget = configuration.maxBatchedTokens
        let preempted = scheduleRunning(&plan, &budget)
        if !preempted { admit(&plan, &budget, now: now) }
        guard plan.computes || !plan.pulls.isEmpty else { return nil }
        if plan.computes {
            let factor = 1 + configuration.calibration.jitter * numbers.deviation()
            plan.seconds = max(0, configuration.calibration.seconds(of: plan.work) * factor)
        }
        return plan
    }

    /// Gives each running sequence its tokens; answers whether one lost its place.
    private func scheduleRunning(_ plan: inout StepPlan, _ budget: inout Int) -> Bool {
        var preempted = false
        var index = 0
        while index < running.count, budget > 0 {
            let sequence = running[index]
            let count = min(sequence.tokens.count - sequence.computed, budget)
            var hasRoom = allocate(sequence, upTo: sequence.computed + count)
            while !hasRoom, let last = running.last {
                preempt(last, &plan, &budget)
                preempted = true
                if last === sequence { break }
                hasRoom = allocate(sequence, upTo: sequence.computed + count)
            }
            guard hasRoom else { break }
            add(sequence, count, &plan, &budget)
            index += 1
        }
        return preempted
    }

    private func preempt(_ sequence: EngineSequence, _ plan: inout StepPlan, _ budget: inout Int) {
        running.removeLast()
        plan.parts.removeAll { part in
            guard part.sequence === sequence else { return false }
            budget += part.tokens
            return true
        }
        pool.release(sequence.blocks)
        sequence.blocks = []
        sequence.computed = 0
        sequence.storedBlocks = 0
        sequence.isInStep = false
        sequence.preemptions += 1
        sequence.status = .waiting
        statistics.preemptions += 1
        waiting.insert(sequence, at: 0)
    }

    /// Moves waiting sequences into the batch while there is room.
    private func admit(_ plan: inout StepPlan, _ budget: inout Int, now: Double) {
        while budget > 0, running.count < configuration.maxSequences, let sequence = waiting.first {
            if case .pulls(let source) = sequence.request.transfer, !sequence.hasPulled {
                guard beginPull(sequence, from: source, &plan) else { return }
                waiting.removeFirst()
                continue
            }
            guard place(sequence, budget: budget, &plan) else { return }
            waiting.removeFirst()
            running.append(sequence)
            sequence.status = .running
            if sequence.scheduledAt == nil { sequence.scheduledAt = now }
            add(sequence, min(sequence.tokens.count - sequence.computed, budget), &plan, &budget)
        }
    }

    /// Finds what the cache has of a sequence and takes the blocks its first tokens need; false without room.
    private func place(_ sequence: EngineSequence, budget: Int, _ plan: inout StepPlan) -> Bool {
        if sequence.blocks.isEmpty {
            let hit = cachedPrefix(of: sequence)
            let computed = hit.count * configuration.blockSize
            let upTo = min(sequence.tokens.count, computed + budget)
            guard reserve(sequence, hit: hit, upTo: upTo) else { return false }
            sequence.computed = computed
            countHit(sequence, computed)
        } else {
            guard allocate(sequence, upTo: min(sequence.tokens.count, sequence.computed + budget)) else { return false }
        }
        return true
    }

    private func add(_ sequence: EngineSequence, _ count: Int, _ plan: inout StepPlan, _ budget: inout Int) {
        storeFullBlocks(sequence, computed: sequence.computed + count)
        let prefill = max(0, min(sequence.promptCount, sequence.computed + count) - sequence.computed)
        if sequence.isPrefilling || count > 1 {
            let mean = Double(sequence.computed) + Double(count) / 2
            plan.work.prefillTokens += max(prefill, count)
            plan.work.attendedKilotokens += Double(count) * mean / 1_000
        } else {
            plan.work.decodingCount += 1
            plan.work.contextTokens += sequence.tokens.count
        }
        plan.parts.append(StepPlan.Part(sequence: sequence, tokens: count))
        sequence.isInStep = true
        budget -= count
    }
}
