package import AgentProtocol
package import KVBlocks

/// What this router has under way on each engine, and how its last tries there ended: the part of an engine's load that
/// no report shows yet.
///
/// 1. A lease that began ends exactly once; then nothing of it is left.
/// 2. An engine without leases and without failures has no entry.
/// 3. Of an ejected engine at most one lease at a time is a probe.
package struct InFlight: Sendable {
    /// Chains remembered an engine; more requests than that get no credit for each other's prefix.
    package static let chainsMax = 16
    /// How long an engine is left alone after its first failure in a row; doubles with each further one.
    package static let ejection = Duration.milliseconds(500)
    package static let ejectionMax = Duration.seconds(2)

    /// One request under way on one engine.
    package struct Lease: Sendable, Hashable {
        package var engine: EngineID
        var number: UInt64
    }

    /// How a lease ended, as it tells of the engine's health.
    package enum Outcome: Sendable, Hashable {
        /// The engine answered, with whatever status the request deserved.
        case answered
        /// No connection, a broken one, no answer in time, or 503.
        case failed
        /// Ended by the client's side; says nothing.
        case abandoned
    }

    struct Work: Sendable {
        var tokens: Int
        var chain: [BlockHash]
    }

    struct Engine: Sendable {
        var waiting: [UInt64: Work] = [:]
        var requests = 0
        var pendingTokens = 0
        var failures = 0
        var ejectedUntil: Duration?
        var probe: UInt64?
    }

    private(set) var engines: [EngineID: Engine] = [:]
    private var numbers: UInt64 = 0

    package init() {}

    /// Requests under way on an engine.
    package func requests(_ engine: EngineID) -> Int { engines[engine]?.requests ?? 0 }

    /// Prompt tokens sent there that are neither cached nor answered yet.
    package func pendingTokens(_ engine: EngineID) -> Int { engines[engine]?.pendingTokens ?? 0 }

    /// It failed lately and is left alone, or its probe is still out.
    package func isEjected(_ engine: EngineID, now: Duration) -> Bool {
        guard let state = engines[engine], let until = state.ejectedUntil else { return false }
        return now < until || state.probe != nil
    }

    /// Leading blocks of `chain` that a request under way is about to put into the engine's cache.
    package func pendingBlocks(_ chain: [BlockHash], on engine: EngineID) -> Int {
        guard let first = chain.first, let state = engines[engine] else { return 0 }
        return state.waiting.values.reduce(0) { best, work in
            work.chain.first == first ? max(best, InFlight.sharedPrefix(work.chain, chain)) : best
        }
    }

    /// Equal leading blocks. A block's hash covers all before it, so where two agree everything before agrees too.
    static func sharedPrefix(_ left: [BlockHash], _ right: [BlockHash]) -> Int {
        var low = 0
        var high = min(left.count, right.count)
        while low < high {
            let middle = (low + high + 1) / 2
            if left[middle - 1] == right[middle - 1] { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// A request goes to the engine; `uncachedTokens` of its prompt have to be computed.
    package mutating func begin(
        on engine: EngineID, uncachedTokens: Int, chain: [BlockHash], now: Duration
    ) -> Lease {
        numbers += 1
        var state = engines[engine] ?? Engine()
        let keepsChain = state.waiting.count < InFlight.chainsMax
        state.waiting[numbers] = Work(tokens: uncachedTokens, chain: keepsChain ? chain : [])
        state.requests += 1
        state.pendingTokens += uncachedTokens
        if let until = state.ejectedUntil, now >= until, state.probe == nil { state.probe = numbers }
        engines[engine] = state
        return Lease(engine: engine, number: numbers)
    }

    /// The engine answered with its first byte: the prompt is computed and the engine's own reports tell the rest.
    package mutating func answered(_ lease: Lease) {
        guard let work = engines[lease.engine]?.waiting.removeValue(forKey: lease.number) else { return }
        engines[lease.engine]?.pendingTokens -= work.tokens
    }

    package mutating func end(_ lease: Lease, _ outcome: Outcome, now: Duration) {
        answered(lease)
        guard var state = engines[lease.engine] else { return }
        precondition(state.requests > 0, "InFlight 1: a lease ended twice")
        state.requests -= 1
        if state.probe == lease.number { state.probe = nil }
        switch outcome {
        case .answered:
            state.failures = 0
            state.ejectedUntil = nil
        case .failed:
            let pause = min(InFlight.ejection * (1 << min(state.failures, 4)), InFlight.ejectionMax)
            state.failures += 1
            state.ejectedUntil = now + pause
        case .abandoned: break
        }
        let isEmpty = state.requests == 0 && state.failures == 0 && state.ejectedUntil == nil
        engines[lease.engine] = isEmpty ? nil : state
    }

    /// Forgets failures of engines that are gone.
    package mutating func keep(only known: Set<EngineID>) {
        engines = engines.filter { known.contains($0.key) || $0.value.requests > 0 }
    }
}
