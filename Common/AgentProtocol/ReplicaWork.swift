package import KVBlocks

/// What one coordinator replica has under way at engines of one agent. It tells the agent, and the agent the other
/// replicas: work shows in an engine's own metrics only later.
///
/// Counts are what is under way now, so a message that is lost is made good by the next.
package struct ReplicaWork: Sendable, Hashable {
    /// Engines one message may name; the rest goes into another.
    package static let enginesMax = 64

    /// One life of the replica's process, by a random number.
    package var replica: UInt64
    /// The replica is out of the agent's reach: what it told is to be forgotten.
    package var isOver: Bool
    package var engines: [EngineWork]

    package init(replica: UInt64, isOver: Bool = false, engines: [EngineWork] = []) {
        self.replica = replica
        self.isOver = isOver
        self.engines = engines
    }
}

/// What one replica has under way at one engine.
package struct EngineWork: Sendable, Hashable {
    /// Prompts one message may name of an engine; of more the newest count.
    package static let promptsMax = 16
    /// Ranks whose requests are told, from the first.
    package static let ranksMax = 128

    /// A prompt that was sent there.
    package struct Prompt: Sendable, Hashable {
        /// The rank it was sent to; nil where the engine chooses.
        package var rank: Int?
        /// Its blocks, which the rank is about to hold.
        package var marks: ChainMarks

        package init(rank: Int? = nil, marks: ChainMarks) {
            self.rank = rank
            self.marks = marks
        }
    }

    package var engine: EngineID
    /// Which life of the engine it was sent to.
    package var incarnation: UInt64
    package var requests: Int
    /// Prompt tokens that are neither cached nor answered yet.
    package var pendingTokens: Int
    /// Requests by rank, as far as ranks were chosen.
    package var ranks: [Int]
    /// Prompts sent since the message before.
    package var prompts: [Prompt]

    package init(
        engine: EngineID, incarnation: UInt64 = 0, requests: Int, pendingTokens: Int, ranks: [Int] = [],
        prompts: [Prompt] = []
    ) {
        self.engine = engine
        self.incarnation = incarnation
        self.requests = requests
        self.pendingTokens = pendingTokens
        self.ranks = ranks
        self.prompts = prompts
    }
}
