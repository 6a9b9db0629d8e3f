package import AgentProtocol
package import KVBlocks

/// What this router has under way on each engine, and how its last tries there ended: the part of an engine's load that
/// no report shows yet.
///
/// 1. A lease that began ends exactly once; then nothing of it is left.
/// 2. Every engine with a lease has a number of its own until its last lease ends.
/// 3. Whether an engine is ejected is what its circuit breaker says, which hears of every lease's end.
/// 4. What counts as fresh was sent since the last report of the engine's load that was read.
/// 5. A prompt's blocks count as about to be held from its lease's beginning until `predictionKept` after its answer
///    began, unless the engine's own events confirm them before, or its life ends.
package struct InFlight: Sendable {
    /// Chains remembered an engine; more requests than that get no credit for each other's prefix.
    package static let chainsMax = 16
    /// How long after an answer began the engine's events may take to say that the prompt's blocks are held.
    package static let predictionKept = Duration.seconds(2)

    /// One request under way on one engine.
    package struct Lease: Sendable, Hashable {
        package var engine: EngineID
        /// The data-parallel rank it was sent to; nil where the engine chooses.
        package var rank: Int?
        var number: UInt64
        /// Number of the engine, and of the report of its load that was the last when the lease began.
        var place: Int
        var report: UInt32
    }

    /// How a lease ended, as it tells of the engine's health.
    package enum Outcome: Sendable, Hashable {
        /// The engine answered, with whatever status the request deserved.
        case answered
        /// A broken connection, an answer that cannot be read, a status of 500 or more.
        case failed
        /// It answered that something went wrong inside, which may be the request's fault.
        case faulty
        /// No connection, or no answer in time: nothing more will come from it for now.
        case unreachable
        /// Ended by the client's side; says nothing.
        case abandoned
    }

    /// What one request under way is about to put into its engine's cache.
    struct Work: Sendable {
        var lease: UInt64
        var tokens: Int
        var rank: Int?
        /// The engine's life that it was sent to.
        var life: UInt32
        /// The chain's first block, read before the chain is; empty chains have none.
        var first: BlockHash?
        var chain: [BlockHash]
        var wait: EngineWatch.Wait
    }

    /// Plain numbers, so that a pass over many engines touches little memory; the rest is in `waiting` and `ranks`.
    struct Engine: Sendable {
        var requests = 0
        var pendingTokens = 0
        var freshRequests = 0
        var freshTokens = 0
        var report: UInt32 = 0
        /// The life that was read last; 0 while unknown.
        var life: UInt32 = 0
        /// Its circuit breaker is not closed.
        var isTripped = false
        /// Others have something under way there, or something is predicted.
        var hasMore = false
        /// It is among those to be told.
        var isChanged = false
    }

    /// When engines are left alone.
    package var breakerPolicy = CircuitBreaker.Policy()
    package var watchPolicy = EngineWatch.Policy()
    var engines: [Engine] = []
    /// Requests that were not answered yet, by their engine's number.
    var waiting: [[Work]] = []
    /// What is known of each engine's pace, by its number.
    var watches: [EngineWatch] = []
    var breakers: [CircuitBreaker] = []
    /// Requests by data-parallel rank, as far as one was chosen, by their engine's number.
    private(set) var ranks: [[Int: Int]] = []
    /// What other replicas have under way, and what is predicted, by their engine's number.
    var others: [[OthersWork]] = []
    var predictions: [RoutePredictions] = []
    var telling = Telling()
    private(set) var places: [EngineID: Int] = [:]
    /// Whose each number is; nil for nobody's.
    private var owners: [EngineID?] = []
    private var free: [Int] = []
    private(set) var leases: UInt64 = 0

    package init() {}

    private func state(_ engine: EngineID) -> Engine? { places[engine].map { engines[$0] } }

    /// Requests under way on an engine.
    package func requests(_ engine: EngineID) -> Int { state(engine)?.requests ?? 0 }

    /// Requests under way on one rank of an engine.
    package func requests(_ engine: EngineID, rank: Int) -> Int { places[engine].flatMap { ranks[$0][rank] } ?? 0 }

    /// The same with those of other replicas.
    package func allRequests(_ engine: EngineID, rank: Int) -> Int {
        guard let place = places[engine] else { return 0 }
        return (ranks[place][rank] ?? 0) + othersRequests(place, rank: rank)
    }

    func owner(of place: Int) -> EngineID? { owners[place] }

    /// Prompt tokens sent there that are neither cached nor answered yet.
    package func pendingTokens(_ engine: EngineID) -> Int { state(engine)?.pendingTokens ?? 0 }

    /// It failed lately and is left alone, or its probe is still out.
    package func isEjected(_ engine: EngineID, now: Duration) -> Bool {
        places[engine].map { breakers[$0].isLeftAlone(now: now) } ?? false
    }

    /// Leading blocks of `chain` that a request under way is about to put into the engine's cache.
    package func pendingBlocks(_ chain: [BlockHash], on engine: EngineID) -> Int {
        places[engine].map { pendingBlocks(chain, at: $0) } ?? 0
    }

    /// Numbers of engines, made where they have none. They hold until `keep` leaves the engine out.
    package mutating func enlist(_ engines: [EngineID]) -> [Int32] { engines.map { Int32(place(of: $0)) } }

    private mutating func place(of engine: EngineID) -> Int {
        if let place = places[engine] { return place }
        let place = free.popLast() ?? engines.count
        if place == engines.count {
            engines.append(Engine())
            waiting.append([])
            watches.append(EngineWatch())
            breakers.append(CircuitBreaker())
            ranks.append([:])
            others.append([])
            predictions.append(RoutePredictions())
            owners.append(nil)
        }
        places[engine] = place
        owners[place] = engine
        return place
    }

    /// Adds what is in flight to the readings of a target's engines, whose numbers are given by place.
    package mutating func read(
        _ numbers: [Int32], chain: [BlockHash], now: Duration, into readings: inout [EngineReading]
    ) {
        for place in readings.indices {
            let number = Int(numbers[place])
            guard engines.indices.contains(number) else { continue }
            if engines[number].report != readings[place].reports {
                engines[number].report = readings[place].reports
                engines[number].freshRequests = 0
                engines[number].freshTokens = 0
                if engines[number].hasMore { reported(number) }
            }
            if readings[place].life != 0 { engines[number].life = readings[place].life }
            let engine = engines[number]
            if engine.requests == 0 && !engine.isTripped && !engine.hasMore { continue }
            readings[place].requests = Int32(clamping: engine.requests)
            readings[place].pendingTokens = Int32(clamping: engine.pendingTokens)
            readings[place].freshRequests = Int32(clamping: engine.freshRequests)
            readings[place].freshTokens = Int32(clamping: engine.freshTokens)
            if engine.isTripped, breakers[number].isLeftAlone(now: now) { readings[place].flags.insert(.ejected) }
            if !chain.isEmpty { readings[place].pendingBlocks = Int32(clamping: pendingBlocks(chain, at: number)) }
            if engine.hasMore { readMore(number, chain: chain, now: now, into: &readings[place]) }
        }
    }

    /// Where two chains agree in one block they agree in all before it, so most chains are ruled out by one look.
    func pendingBlocks(_ chain: [BlockHash], at number: Int, rank: Int? = nil) -> Int {
        guard let first = chain.first else { return 0 }
        var best = 0
        for index in waiting[number].indices where waiting[number][index].first == first {
            guard waiting[number][index].life == engines[number].life else { continue }
            if let rank, waiting[number][index].rank != rank { continue }
            if best > 0 {
                guard waiting[number][index].chain.count > best, chain.count > best,
                    waiting[number][index].chain[best] == chain[best]
                else { continue }
            }
            best = InFlight.sharedPrefix(waiting[number][index].chain, chain, from: best)
        }
        return best
    }

    /// A request goes to the engine; `uncachedTokens` of its prompt have to be computed. `isPrompt` says that its
    /// answer begins as soon as that is done, `awaits` how many tokens somebody else computes for it first. `number` is
    /// what `enlist` once gave for the engine, which spares looking for it.
    package mutating func begin(
        on engine: EngineID, number: Int32? = nil, rank: Int? = nil, uncachedTokens: Int, chain: [BlockHash],
        isPrompt: Bool = true, awaits: Int? = nil, now: Duration
    ) -> Lease {
        leases += 1
        let isKnown = number.map { owners.indices.contains(Int($0)) && owners[Int($0)] == engine } ?? false
        let place = isKnown ? Int(number ?? 0) : place(of: engine)
        let kept = waiting[place].count < InFlight.chainsMax ? chain : []
        let ahead = awaits ?? engines[place].pendingTokens + uncachedTokens
        let wait = EngineWatch.Wait(since: now, tokens: ahead, isPrompt: isPrompt)
        waiting[place].append(
            Work(
                lease: leases, tokens: uncachedTokens, rank: rank, life: engines[place].life, first: kept.first,
                chain: kept, wait: wait))
        engines[place].requests += 1
        engines[place].pendingTokens += uncachedTokens
        engines[place].freshRequests += 1
        engines[place].freshTokens += uncachedTokens
        if let rank { ranks[place][rank, default: 0] += 1 }
        noteChange(place)
        notePrompt(kept, rank: rank, place)
        if engines[place].isTripped { breakers[place].began(leases, now: now) }
        return Lease(engine: engine, rank: rank, number: leases, place: place, report: engines[place].report)
    }

    /// The engine answered with its first byte: the prompt is computed and the engine's own reports tell the rest.
    package mutating func answered(_ lease: Lease, now: Duration) {
        take(lease)?.predict(into: &self, lease.place, now)
    }

    /// Takes a request out of those that were not answered yet.
    private mutating func take(_ lease: Lease) -> Work? {
        let place = lease.place
        guard engines.indices.contains(place),
            let index = waiting[place].firstIndex(where: { $0.lease == lease.number })
        else { return nil }
        let work = waiting[place].remove(at: index)
        engines[place].pendingTokens -= work.tokens
        // The number of a report may come back after the agent was silent, with what was fresh then forgotten.
        if lease.report == engines[place].report {
            engines[place].freshTokens = max(0, engines[place].freshTokens - work.tokens)
        }
        noteChange(place)
        return work
    }

    /// The request is over; whether its engine is left out or taken in for it.
    @discardableResult
    package mutating func end(_ lease: Lease, _ outcome: Outcome, now: Duration) -> HealthChange? {
        let work = take(lease)
        if case .answered = outcome { work?.predict(into: &self, lease.place, now) }
        let place = lease.place
        precondition(engines.indices.contains(place), "InFlight 2: a lease of an engine without number")
        precondition(engines[place].requests > 0, "InFlight 1: a lease ended twice")
        engines[place].requests -= 1
        noteChange(place)
        if lease.report == engines[place].report {
            engines[place].freshRequests = max(0, engines[place].freshRequests - 1)
        }
        if let rank = lease.rank, let count = ranks[place][rank] { ranks[place][rank] = count > 1 ? count - 1 : nil }
        return changed(
            lease, breakers[place].ended(lease.number, outcome.health, latest: leases, now: now, breakerPolicy), now)
    }

    /// Forgets engines that are gone, once nothing is under way there.
    package mutating func keep(only known: Set<EngineID>) {
        for (engine, place) in places where !known.contains(engine) && engines[place].requests == 0 {
            places[engine] = nil
            owners[place] = nil
            engines[place] = Engine()
            watches[place] = EngineWatch()
            breakers[place] = CircuitBreaker()
            others[place] = []
            predictions[place] = RoutePredictions()
            telling.changed.removeAll { $0 == place }
            telling.prompts[place] = nil
            free.append(place)
        }
    }
}

extension InFlight.Work {
    /// The prompt is computed, so its blocks are there until the engine's events say it or say otherwise.
    fileprivate func predict(into ledger: inout InFlight, _ place: Int, _ now: Duration) {
        guard first != nil else { return }
        ledger.predictions[place].add(
            RoutePrediction(
                blocks: .chain(chain), rank: rank, life: life, until: now + InFlight.predictionKept),
            now: now)
        ledger.engines[place].hasMore = true
    }
}

extension InFlight {
    /// Equal leading blocks, at least `from` of them. A block's hash covers all before it, so where two agree
    /// everything before agrees too.
    static func sharedPrefix(_ left: [BlockHash], _ right: [BlockHash], from: Int) -> Int {
        var low = from
        var high = min(left.count, right.count)
        while low < high {
            let middle = (low + high + 1) / 2
            if left[middle - 1] == right[middle - 1] { low = middle } else { high = middle - 1 }
        }
        return low
    }
}
