extension VirtualEngine {
    /// Blocks of the longest cached prefix, never all of the tokens.
    func cachedPrefix(of sequence: EngineSequence) -> [Int] {
        guard configuration.isCaching else { return [] }
        var hit: [Int] = []
        for index in 0..<(sequence.tokens.count - 1) / configuration.blockSize {
            let hash = sequence.hash(
                ofBlock: index, blockSize: configuration.blockSize, hasher: configuration.hasher)
            guard let block = pool.lookup(hash) else { break }
            hit.append(block)
        }
        return hit
    }

    /// Takes hold of cached blocks and of new ones for tokens up to a count; changes nothing and answers false when
    /// there are too few.
    func reserve(_ sequence: EngineSequence, hit: [Int], upTo count: Int) -> Bool {
        let needed = blockCount(for: count) - hit.count
        let available = pool.freeCount - hit.count { pool.isFree($0) }
        guard needed <= available else { return false }
        for block in hit { pool.touch(block) }
        sequence.blocks = hit
        sequence.storedBlocks = hit.count
        return allocate(sequence, upTo: count)
    }

    /// Takes new blocks for tokens up to a count; false, with nothing changed, when there are too few.
    func allocate(_ sequence: EngineSequence, upTo count: Int) -> Bool {
        let needed = blockCount(for: count) - sequence.blocks.count
        guard needed <= pool.freeCount else { return false }
        for _ in 0..<max(0, needed) {
            guard let block = pool.take() else { return false }
            sequence.blocks.append(block)
        }
        return true
    }

    private func blockCount(for tokens: Int) -> Int {
        (tokens + configuration.blockSize - 1) / configuration.blockSize
    }

    /// Puts a sequence's blocks that `computed` tokens fill into the prefix cache.
    func storeFullBlocks(_ sequence: EngineSequence, computed: Int) {
        guard configuration.isCaching else { return }
        let size = configuration.blockSize
        let full = min(computed, sequence.tokens.count) / size
        guard full > sequence.storedBlocks else { return }
        let run = (sequence.storedBlocks..<full).map { index in
            let hash = sequence.hash(ofBlock: index, blockSize: size, hasher: configuration.hasher)
            let content = CachedBlock(
                hash: hash, parent: index == 0 ? nil : sequence.hashes[index - 1],
                tokens: Array(sequence.tokens[index * size..<(index + 1) * size]),
                extraKeys: sequence.request.extraKeys(ofBlock: index))
            return (block: sequence.blocks[index], content: content)
        }
        sequence.storedBlocks = full
        pool.store(run, origin: origin(of: sequence))
    }

    func origin(of sequence: EngineSequence) -> BlockOrigin {
        BlockOrigin(
            adapterNumber: sequence.request.adapter?.number, adapterName: sequence.request.adapter?.name,
            sessionID: sequence.request.sessionID)
    }

    /// Notes what the cache gave a sequence, the first time it is scheduled.
    func countHit(_ sequence: EngineSequence, _ tokens: Int) {
        guard sequence.cachedTokens == nil else { return }
        sequence.cachedTokens = tokens
        if sequence.request.reportsHits {
            pool.report(Array(sequence.blocks.prefix(tokens / configuration.blockSize)), origin: origin(of: sequence))
        }
        guard configuration.isCaching else { return }
        statistics.prefixQueries += sequence.promptCount
        statistics.prefixHits += tokens
    }
}
