import KVBlocks

/// Blocks of a prompt that one rank is about to hold, or may hold already while its engine's events do not say so yet.
struct RoutePrediction: Sendable {
    enum Blocks: Sendable {
        case chain([BlockHash])
        case marks(ChainMarks)
    }

    var blocks: Blocks
    /// Nil where the engine chose the rank.
    var rank: Int?
    /// The engine's life that the prompt was sent to.
    var life: UInt32
    var until: Duration
    /// The replica that sent the prompt; nil for this one.
    var replica: UInt64?
    /// Leading blocks that the engine's events were seen to confirm.
    var confirmed = 0

    var first: BlockHash? {
        switch blocks {
        case .chain(let chain): chain.first
        case .marks(let marks): marks.first
        }
    }

    var count: Int {
        switch blocks {
        case .chain(let chain): chain.count
        case .marks(let marks): marks.count
        }
    }

    func sharedPrefix(_ other: [BlockHash]) -> Int {
        switch blocks {
        case .chain(let chain): InFlight.sharedPrefix(chain, other, from: 0)
        case .marks(let marks): marks.sharedPrefix(other)
        }
    }
}

/// What was predicted of one engine by choosing it, beside the index of what its events say.
///
/// 1. At most `countMax` prompts are remembered, the newest.
/// 2. Nothing counts after its time, nor in another life of the engine.
/// 3. What events confirmed counts no more: from then on the index says whether it is held.
struct RoutePredictions: Sendable {
    static let countMax = 16

    private var entries: [RoutePrediction] = []
    /// The first block of each, because one look at it rules most out.
    private var firsts: [BlockHash] = []
    /// When the last of them is over.
    private var until = Duration.zero

    /// Nothing is left that could count.
    func isOver(_ now: Duration) -> Bool { entries.isEmpty || until <= now }

    mutating func add(_ prediction: RoutePrediction, now: Duration) {
        guard let first = prediction.first else { return }
        removeAll { $0.until <= now }
        if entries.count >= Self.countMax { remove(at: 0) }
        entries.append(prediction)
        firsts.append(first)
        until = max(until, prediction.until)
    }

    /// Leading blocks of `chain` that are predicted beyond the `held` that the index knows of. With a rank, `held` is
    /// that rank's and only prompts that were sent there count.
    mutating func blocks(_ chain: [BlockHash], rank: Int? = nil, held: Int, life: UInt32, now: Duration) -> Int {
        guard let first = chain.first else { return 0 }
        var best = 0
        var place = 0
        while place < firsts.count {
            guard firsts[place] == first, entries[place].life == life, rank == nil || entries[place].rank == rank
            else {
                place += 1
                continue
            }
            let shared = entries[place].until <= now ? 0 : entries[place].sharedPrefix(chain)
            if shared == 0 || isSettled(place, shared: shared, held: held, isOfRank: rank == entries[place].rank) {
                remove(at: place)
                continue
            }
            if shared > held { best = max(best, shared) }
            place += 1
        }
        return best
    }

    /// Notes what is confirmed; true where nothing is left to predict: all of it is, or the engine gave some up again.
    private mutating func isSettled(_ place: Int, shared: Int, held: Int, isOfRank: Bool) -> Bool {
        guard isOfRank else { return false }
        if held >= shared {
            entries[place].confirmed = max(entries[place].confirmed, shared)
            return shared == entries[place].count
        }
        return held < entries[place].confirmed
    }

    mutating func forget(_ replica: UInt64) { removeAll { $0.replica == replica } }

    private mutating func remove(at place: Int) {
        entries.remove(at: place)
        firsts.remove(at: place)
    }

    private mutating func removeAll(_ isOut: (RoutePrediction) -> Bool) {
        for place in entries.indices.reversed() where isOut(entries[place]) { remove(at: place) }
    }
}
