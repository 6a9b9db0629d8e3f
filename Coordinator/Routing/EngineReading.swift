package import AgentProtocol

/// What one decision reads of one engine: plain numbers, so that a pass over many engines touches little memory.
package struct EngineReading: Sendable, Hashable {
    /// Facts that hold or do not.
    package struct Flags: OptionSet, Sendable, Hashable {
        package var rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// The fleet knows the engine.
        package static let known = Flags(rawValue: 1)
        /// It does not answer its health endpoint.
        package static let unready = Flags(rawValue: 2)
        /// It failed lately and is left alone.
        package static let ejected = Flags(rawValue: 4)
        /// It serves the request's model or adapter, by its own word.
        package static let servesModel = Flags(rawValue: 8)
        /// It failed lately and is considered all the same, because too many failed.
        package static let spared = Flags(rawValue: 16)
    }

    package var flags: Flags = []
    /// Data-parallel ranks behind the address; 0 while unknown.
    package var rankCount: UInt16 = 0
    package var running: Int32 = 0
    package var waiting: Int32 = 0
    /// Share of its cache in use, 0...1.
    package var cacheUsage: Float = 0
    /// Milliseconds a prompt token takes in prefill; 0 while unmeasured.
    package var prefillPerToken: Float = 0
    /// Mean of the last window, milliseconds; 0 while unmeasured.
    package var timeToFirstToken: Float = 0
    package var timePerOutputToken: Float = 0
    /// Tokens a block of its cache; 0 while unknown.
    package var blockSize: Int32 = 0
    /// Leading blocks of the prompt that its cache holds; of several ranks, the one with most counts.
    package var matchedBlocks: Int32 = 0
    /// How many times its load was reported: another number is another report.
    package var reports: UInt32 = 0
    /// Requests under way there, as far as this router and the other replicas know.
    package var requests: Int32 = 0
    /// Prompt tokens sent there that are neither cached nor answered yet.
    package var pendingTokens: Int32 = 0
    /// Leading blocks of the prompt that a request under way is about to put into its cache.
    package var pendingBlocks: Int32 = 0
    /// What routers sent there since the last report of its load: requests, and their prompt tokens.
    package var freshRequests: Int32 = 0
    package var freshTokens: Int32 = 0
    /// Which life of the engine it is, in short; 0 while unknown.
    package var life: UInt32 = 0

    package init() {}

    /// What the fleet tells; nothing in flight.
    package init(_ facts: EngineFacts, model: String? = nil) {
        flags = facts.isReady ? .known : [.known, .unready]
        if let model, facts.models.contains(model) { flags.insert(.servesModel) }
        rankCount = UInt16(clamping: facts.rankCount)
        blockSize = Int32(clamping: facts.blockSize)
        life = UInt32(truncatingIfNeeded: facts.incarnation)
        take(facts.load, reports: 0)
    }

    /// Takes a report of the engine's load.
    package mutating func take(_ load: EngineLoad, reports: UInt32) {
        running = Int32(clamping: load.running)
        waiting = Int32(clamping: load.waiting)
        cacheUsage = Float(load.cacheUsage)
        prefillPerToken = Float(load.prefillSecondsPerToken * 1_000)
        timeToFirstToken = Float(load.timeToFirstToken * 1_000)
        timePerOutputToken = Float(load.timePerOutputToken * 1_000)
        self.reports = reports
    }

    /// Tokens of a request's prompt that the engine's cache holds; `sparedMax` is `demand.sparedBlocksMax`.
    func cachedTokens(_ demand: Demand, _ sparedMax: Int) -> Int {
        let matched = Int(blockSize) == demand.blockSize ? Int(matchedBlocks) : 0
        return min(matched, sparedMax) * demand.blockSize
    }

    /// The same of those that requests under way are about to put there.
    func pendingTokens(_ demand: Demand, _ sparedMax: Int) -> Int {
        min(Int(pendingBlocks), sparedMax) * demand.blockSize
    }

    /// The larger of the two.
    func heldTokens(_ demand: Demand) -> Int {
        let sparedMax = demand.sparedBlocksMax
        return max(cachedTokens(demand, sparedMax), pendingTokens(demand, sparedMax))
    }
}

/// What one decision reads of a target's engines.
package struct TargetReadings: Sendable {
    /// What one rank of an engine with several holds of the prompt.
    package struct Rank: Sendable, Hashable {
        /// The engine's place among the target's endpoints.
        package var place: Int
        package var rank: Int
        package var blocks: Int

        package init(place: Int, rank: Int, blocks: Int) {
            self.place = place
            self.rank = rank
            self.blocks = blocks
        }
    }

    /// By place among the target's endpoints.
    package var engines: [EngineReading]
    /// Of engines with several ranks only those that hold something.
    package var ranks: [Rank] = []
    /// Leading blocks of the prompt's text that were sent to each engine, by place; empty when nobody asked.
    package var textBlocks: [Int32] = []

    package init(engines: [EngineReading]) { self.engines = engines }

    /// Some engine has several ranks.
    package var hasRanks: Bool { engines.contains { $0.rankCount > 1 } }
}
