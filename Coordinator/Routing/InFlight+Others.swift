package import AgentProtocol
package import KVBlocks

/// What another coordinator replica has under way at one engine.
struct OthersWork: Sendable {
    var replica: UInt64
    /// The engine's life that it was sent to.
    var life: UInt32
    var until: Duration
    var requests: Int
    var pendingTokens: Int
    var ranks: [Int]
    /// What of it began since the last report of the engine's load that was read.
    var freshRequests = 0
    var freshTokens = 0
}

/// Work of other replicas, as their engines' agents pass it on.
extension InFlight {
    /// How long what another replica told counts without being told again.
    package static let othersKept = Duration.seconds(5)
    /// Replicas of which work is remembered at one engine; more are left out.
    static let othersMax = 64

    /// Takes what another replica has under way; engines that are not known here are left out.
    package mutating func take(_ work: ReplicaWork, now: Duration) {
        if work.isOver { return forget(work.replica) }
        for told in work.engines {
            guard let place = places[told.engine] else { continue }
            let life = UInt32(truncatingIfNeeded: told.incarnation)
            for prompt in told.prompts {
                predictions[place].add(
                    RoutePrediction(
                        blocks: .marks(prompt.marks), rank: prompt.rank, life: life,
                        until: now + Self.othersKept, replica: work.replica), now: now)
            }
            update(place, told, life, of: work.replica, now)
            engines[place].hasMore = true
        }
    }

    private mutating func update(
        _ place: Int, _ told: EngineWork, _ life: UInt32, of replica: UInt64, _ now: Duration
    ) {
        var entry = OthersWork(
            replica: replica, life: life, until: now + Self.othersKept, requests: told.requests,
            pendingTokens: told.pendingTokens, ranks: told.ranks)
        guard let index = others[place].firstIndex(where: { $0.replica == replica }) else {
            if others[place].count >= Self.othersMax || told.requests == 0 { return }
            (entry.freshRequests, entry.freshTokens) = (told.requests, told.pendingTokens)
            return others[place].append(entry)
        }
        if told.requests == 0 {
            others[place].remove(at: index)
            return
        }
        let old = others[place][index]
        if old.life == life {
            entry.freshRequests = max(0, old.freshRequests + told.requests - old.requests)
            entry.freshTokens = max(0, old.freshTokens + told.pendingTokens - old.pendingTokens)
        }
        others[place][index] = entry
    }

    private mutating func forget(_ replica: UInt64) {
        for place in engines.indices where engines[place].hasMore {
            others[place].removeAll { $0.replica == replica }
            predictions[place].forget(replica)
        }
    }

    /// A report of the engine's load was read: what began before is in it.
    mutating func reported(_ number: Int) {
        for index in others[number].indices {
            others[number][index].freshRequests = 0
            others[number][index].freshTokens = 0
        }
    }

    /// Adds what others have under way, and what is predicted, to the reading of an engine.
    mutating func readMore(_ number: Int, chain: [BlockHash], now: Duration, into reading: inout EngineReading) {
        others[number].removeAll { $0.until <= now }
        let life = engines[number].life
        for work in others[number] where work.life == life {
            reading.requests = Int32(clamping: Int(reading.requests) + work.requests)
            reading.pendingTokens = Int32(clamping: Int(reading.pendingTokens) + work.pendingTokens)
            reading.freshRequests = Int32(clamping: Int(reading.freshRequests) + work.freshRequests)
            reading.freshTokens = Int32(clamping: Int(reading.freshTokens) + work.freshTokens)
        }
        if predictions[number].isOver(now) {
            engines[number].hasMore = !others[number].isEmpty
            return
        }
        let blocks = predictions[number].blocks(chain, held: Int(reading.matchedBlocks), life: life, now: now)
        reading.pendingBlocks = max(reading.pendingBlocks, Int32(clamping: blocks))
    }

    /// Leading blocks of `chain` that one rank is about to hold beyond the `held` that it is known to.
    package mutating func predictedBlocks(
        _ chain: [BlockHash], on engine: EngineID, rank: Int, held: Int, now: Duration
    ) -> Int {
        guard let place = places[engine], engines[place].hasMore || engines[place].requests > 0 else { return 0 }
        let known = predictions[place].blocks(chain, rank: rank, held: held, life: engines[place].life, now: now)
        return max(known, pendingBlocks(chain, at: place, rank: rank))
    }

    /// Requests that others have under way on one rank of an engine.
    func othersRequests(_ place: Int, rank: Int) -> Int {
        guard engines[place].hasMore else { return 0 }
        return others[place].reduce(0) { sum, work in
            work.life == engines[place].life && rank < work.ranks.count ? sum + work.ranks[rank] : sum
        }
    }
}
