/// A LoRA adapter an engine has loaded.
package struct Adapter: Sendable, Hashable {
    package var number: Int
    package var name: String
    package var path: String

    package init(number: Int, name: String, path: String) {
        self.number = number
        self.name = name
        self.path = path
    }
}

/// One prompt to continue.
package struct EngineRequest: Sendable {
    /// The engine's own name of it, which a decode engine uses to ask for its blocks.
    package var name: String
    package var prompt: [UInt32]
    /// Ids to make at most, at least 1.
    package var maxTokens: Int
    package var minTokens = 0
    /// Goes on after the answer's natural end.
    package var ignoresEnd = false
    package var seed = 0
    package var adapter: Adapter?
    /// Keeps prompts of different owners apart in the cache.
    package var salt: String?
    package var sessionID: String?
    /// Tells of cache hits too, as if they had been stored now.
    package var reportsHits = false
    package var transfer = TransferPart.none
    /// Ids to answer with instead of the pseudo-text, for replaying a recording.
    package var script: [UInt32] = []

    package init(name: String, prompt: [UInt32], maxTokens: Int) {
        self.name = name
        self.prompt = prompt
        self.maxTokens = maxTokens
    }

    var extraKeysOfEveryBlock: [ExtraKey] { adapter.map { [.adapter(name: $0.name, path: $0.path)] } ?? [] }

    func extraKeys(ofBlock index: Int) -> [ExtraKey] {
        extraKeysOfEveryBlock + (index == 0 ? salt.map { [.salt($0)] } ?? [] : [])
    }
}

/// A request's part in prefill/decode disaggregation.
package enum TransferPart: Sendable, Hashable {
    case none
    /// Its blocks stay for another engine to pull.
    case lends
    /// The same, under an id that the router made up.
    case lendsUnder(String)
    /// Its prompt's blocks are on another engine.
    case pulls(RemotePrefill)
}

/// Where a decode engine finds a prompt's blocks; the members of `kv_transfer_params`.
package struct RemotePrefill: Sendable, Hashable {
    package var engineID: String
    package var requestID: String
    package var host: String
    package var port: Int
    package var blockIDs: [Int]
    /// Tokens of the prompt the prefill engine had cached, if it said so.
    package var cachedTokens: Int?
    /// The prefill engine may still be computing the prompt; `requestID` is the router's id then.
    package var isMeeting = false
}

/// What a prefill engine tells of the blocks it keeps for another.
package struct LentBlocks: Sendable, Hashable {
    package var requestID: String
    package var blockIDs: [Int]
    package var tokens: Int
    /// Prompt tokens that were cached; only when the request ended in the step that ended its prefill.
    package var cachedTokens: Int?
}

/// Why a request ended.
package enum FinishReason: String, Sendable, Hashable, CaseIterable {
    case stop
    case length
    case abort
    case error
}
