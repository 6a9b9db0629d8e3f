/// A request on its way through the engine. Owned by one `VirtualEngine`.
final class EngineSequence {
    enum Status {
        case waiting
        /// Its blocks are being pulled from another engine.
        case transferring
        case running
        case finished
    }

    let id: Int
    let request: EngineRequest
    let answer: Answer
    var status = Status.waiting
    /// Prompt, then what was made so far.
    var tokens: [UInt32]
    /// Tokens whose keys and values are computed.
    var computed = 0
    var blocks: [Int] = []
    /// Hashes of the full blocks of `tokens`, as far as they were needed.
    var hashes: [Digest] = []
    /// Leading blocks that are in the prefix cache.
    var storedBlocks = 0
    /// Prompt tokens found in the cache when it was first scheduled.
    var cachedTokens: Int?
    var preemptions = 0
    var isInStep = false
    /// Blocks arrived from another engine, which must not be asked for again.
    var hasPulled = false

    // Seconds on the engine's clock.
    let arrival: Double
    var scheduledAt: Double?
    var firstTokenAt: Double?
    var lastTokenAt: Double?

    init(id: Int, request: EngineRequest, arrival: Double) {
        self.id = id
        self.request = request
        self.arrival = arrival
        answer = Answer(prompt: request.prompt, seed: request.seed)
        tokens = request.prompt
    }

    var promptCount: Int { request.prompt.count }
    var outputCount: Int { tokens.count - request.prompt.count }
    var isPrefilling: Bool { computed < request.prompt.count }

    /// The hash of full block `index`.
    func hash(ofBlock index: Int, blockSize: Int, hasher: BlockHasher) -> Digest {
        while hashes.count <= index {
            let start = hashes.count * blockSize
            hashes.append(
                hasher.hash(
                    parent: hashes.last, tokens: tokens[start..<start + blockSize],
                    extraKeys: request.extraKeys(ofBlock: hashes.count)))
        }
        return hashes[index]
    }

    /// The next id of the answer.
    func nextToken() -> UInt32 {
        let position = outputCount
        if position < request.script.count { return request.script[position] }
        if !request.ignoresEnd, position >= max(answer.naturalLength, request.minTokens) { return Tokenizer.turnEnd }
        return answer.id(at: position, tokenizer: .standard)
    }
}
