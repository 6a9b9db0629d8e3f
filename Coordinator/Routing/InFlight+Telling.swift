package import AgentProtocol
import KVBlocks

extension InFlight {
    /// What is to be told to other replicas.
    struct Telling: Sendable {
        var isOn = false
        /// Numbers of engines whose work changed since it was told.
        var changed: [Int] = []
        /// Prompts that began since, by their engine's number.
        var prompts: [Int: [Prompt]] = [:]
        /// Prompts that were left out, because more began than one message names.
        var dropped = 0
    }

    struct Prompt: Sendable {
        var rank: Int?
        var chain: [BlockHash]
    }

    /// What changed at one engine since it was told.
    package struct Untold: Sendable {
        package var engine: EngineID
        var requests: Int
        var pendingTokens: Int
        var ranks: [Int: Int]
        var prompts: [Prompt]

        /// For others to read; made where nobody waits for the ledger.
        package func work(incarnation: UInt64) -> EngineWork {
            let rankCount = min(EngineWork.ranksMax, (ranks.keys.max() ?? -1) + 1)
            return EngineWork(
                engine: engine, incarnation: incarnation, requests: requests, pendingTokens: pendingTokens,
                ranks: (0..<rankCount).map { ranks[$0] ?? 0 },
                prompts: prompts.compactMap { prompt in
                    ChainMarks(prompt.chain).map { EngineWork.Prompt(rank: prompt.rank, marks: $0) }
                })
        }
    }

    /// Begins or ends keeping account of what other replicas are to be told; from the beginning on that is everything
    /// under way.
    package mutating func setTelling(_ isOn: Bool) {
        for place in telling.changed { engines[place].isChanged = false }
        telling = Telling(isOn: isOn, dropped: telling.dropped)
        tellAgain()
    }

    /// Something is to be told.
    package var hasUntold: Bool { !telling.changed.isEmpty }

    /// Prompts left out since the last call because too many began at once.
    package mutating func takeDroppedPrompts() -> Int {
        defer { telling.dropped = 0 }
        return telling.dropped
    }

    /// All that is under way is to be told again, before it expires where it was told.
    package mutating func tellAgain() {
        guard telling.isOn else { return }
        for place in engines.indices where engines[place].requests > 0 { noteChange(place) }
    }

    /// What is to be told.
    package mutating func takeUntold() -> [Untold] {
        let changed = telling.changed
        let prompts = telling.prompts
        telling.changed = []
        telling.prompts = [:]
        return changed.compactMap { place in
            engines[place].isChanged = false
            guard let engine = owner(of: place) else { return nil }
            return Untold(
                engine: engine, requests: engines[place].requests, pendingTokens: engines[place].pendingTokens,
                ranks: ranks[place], prompts: prompts[place] ?? [])
        }
    }

    mutating func noteChange(_ place: Int) {
        guard telling.isOn, !engines[place].isChanged else { return }
        engines[place].isChanged = true
        telling.changed.append(place)
    }

    mutating func notePrompt(_ chain: [BlockHash], rank: Int?, _ place: Int) {
        guard telling.isOn, !chain.isEmpty else { return }
        telling.prompts[place, default: []].append(Prompt(rank: rank, chain: chain))
        guard telling.prompts[place, default: []].count > EngineWork.promptsMax else { return }
        telling.prompts[place]?.removeFirst()
        telling.dropped += 1
    }
}
