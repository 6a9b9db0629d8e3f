extension VirtualEngine {
    /// Seconds a prefill engine keeps blocks for a decode engine that does not come.
    package static let leaseSeconds = 30.0

    // MARK: The side that computed the prompt

    /// Keeps a finished sequence's blocks until they are fetched or the lease ends.
    func lend(_ sequence: EngineSequence, as name: String, now: Double) -> LentBlocks {
        // The last token was made but not computed, so its place is not among the lent ones.
        let tokens = sequence.tokens.count - 1
        let count = (tokens + configuration.blockSize - 1) / configuration.blockSize
        let kept = Array(sequence.blocks.prefix(count))
        lent[name] = (kept, now + Self.leaseSeconds)
        sequence.blocks.removeFirst(count)
        return LentBlocks(
            requestID: name, blockIDs: kept, tokens: tokens,
            cachedTokens: sequence.outputCount == 1 ? sequence.cachedTokens : nil)
    }

    /// What a decode engine's wish for blocks finds.
    package enum Lease: Sendable, Hashable {
        case held
        /// The lease has ended: what is read may be anything.
        case expired
    }

    /// Looks at a lease and prolongs it, as a decode engine does that has the request.
    package func renewLease(_ requestID: String, now: Double) -> Lease {
        expireLent(now: now)
        guard lent[requestID] != nil else { return .expired }
        lent[requestID]?.until = now + Self.leaseSeconds
        return .held
    }

    /// A decode engine has read the blocks, or needs none of them.
    package func giveBack(_ requestID: String) {
        guard let entry = lent.removeValue(forKey: requestID) else {
            statistics.notificationsAfterExpiry += 1
            return
        }
        pool.release(entry.blocks)
    }

    func expireLent(now: Double) {
        for (requestID, entry) in lent where entry.until <= now {
            lent[requestID] = nil
            pool.release(entry.blocks)
            statistics.expiredLeases += 1
        }
    }

    // MARK: The side that continues it

    /// Reserves room for a whole prompt whose blocks are elsewhere; false without room.
    func beginPull(_ sequence: EngineSequence, from source: RemotePrefill, _ plan: inout StepPlan) -> Bool {
        let hit = cachedPrefix(of: sequence)
        guard reserve(sequence, hit: hit, upTo: sequence.promptCount) else { return false }
        sequence.computed = hit.count * configuration.blockSize
        sequence.status = .transferring
        let missing = (sequence.promptCount - 1 - sequence.computed) > 0 ? sequence.blocks.count - hit.count : 0
        plan.pulls.append(BlockPull(id: sequence.id, source: source, blockCount: missing))
        statistics.externalQueries += sequence.promptCount - sequence.computed
        return true
    }

    /// A pull is over. The blocks count as computed but for the last token; on failure the prompt is computed here, or
    /// the request ends with an error.
    package func finishPull(_ id: Int, result: PullResult) -> SequenceOutput? {
        guard let sequence = sequences[id], sequence.status == .transferring else { return nil }
        sequence.hasPulled = true
        switch result {
        case .arrived:
            let local = sequence.computed
            sequence.computed = sequence.promptCount - 1
            statistics.externalHits += sequence.promptCount - local
            statistics.externalTokens += sequence.computed - local
            storeFullBlocks(sequence, computed: sequence.promptCount)
            var cached = sequence.computed
            if case .pulls(let source) = sequence.request.transfer, let told = source.cachedTokens { cached = told }
            sequence.cachedTokens = cached
        case .recompute:
            countHit(sequence, sequence.computed)
        case .failed:
            statistics.finished[.error, default: 0] += 1
            end(sequence)
            return SequenceOutput(id: id, token: nil, finish: .error, cachedTokens: 0, lent: nil)
        }
        sequence.status = .waiting
        waiting.insert(sequence, at: 0)
        return nil
    }

    /// How a pull ended.
    package enum PullResult: Sendable, Hashable {
        case arrived
        case recompute
        case failed
    }
}
