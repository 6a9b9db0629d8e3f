import EngineSimulator
import EngineWire
import Testing

/// The engine without a clock: what each step does.
struct SchedulingTests {
    private func engine(_ change: (inout EngineConfiguration) -> Void) -> VirtualEngine {
        var configuration = EngineConfiguration()
        configuration.blockSize = 4
        configuration.calibration.jitter = 0
        change(&configuration)
        return VirtualEngine(configuration)
    }

    private func request(_ range: Range<UInt32>, makes count: Int) -> EngineRequest {
        var request = EngineRequest(name: "r", prompt: Array(range), maxTokens: count)
        request.ignoresEnd = true
        return request
    }

    /// Runs to the end; answers outputs by request and every event.
    private func drain(_ engine: VirtualEngine) -> (outputs: [Int: [UInt32]], events: [EngineEvent], steps: Int) {
        var result: (outputs: [Int: [UInt32]], events: [EngineEvent], steps: Int) = ([:], [], 0)
        while let plan = engine.beginStep(now: Double(result.steps)), result.steps < 10_000 {
            result.steps += 1
            let outcome = engine.finishStep(plan, now: Double(result.steps), wallTime: 0)
            result.events += outcome.batch?.events ?? []
            for output in outcome.outputs {
                if let token = output.token { result.outputs[output.id, default: []].append(token) }
            }
        }
        return result
    }

    @Test func `prefills in chunks of the token budget`() {
        let engine = engine { $0.maxBatchedTokens = 16 }
        _ = engine.submit(request(0..<50, makes: 1), now: 0)
        #expect(drain(engine).steps == 4)
    }

    @Test func `runs no more sequences than allowed`() throws {
        let engine = engine { $0.maxSequences = 2 }
        for start in 0..<5 { _ = engine.submit(request(UInt32(start * 10)..<UInt32(start * 10 + 5), makes: 3), now: 0) }
        let plan = try #require(engine.beginStep(now: 0))
        #expect(engine.runningCount == 2)
        #expect(engine.waitingCounts.capacity == 3)
        _ = engine.finishStep(plan, now: 1, wallTime: 0)
        #expect(drain(engine).outputs.count == 5)
    }

    @Test func `takes blocks from the last sequence when memory runs out, and computes it again`() {
        let engine = engine {
            $0.blockCount = 12
            $0.maxModelLength = 40
        }
        let ids = (0..<3).map { engine.submit(request(UInt32($0 * 100)..<UInt32($0 * 100 + 10), makes: 20), now: 0) }
        let result = drain(engine)
        #expect(engine.statistics.preemptions > 0)
        for id in ids { #expect(result.outputs[id]?.count == 20) }
        let alone = self.engine { $0.blockCount = 100 }
        let id = alone.submit(request(200..<210, makes: 20), now: 0)
        #expect(result.outputs[ids[2]] == drain(alone).outputs[id], "preemption changes no answer")
        #expect(engine.cacheUsage == 0)
    }

    @Test func `frees the tail of a prompt before its head`() {
        let engine = engine {
            $0.blockCount = 9
            $0.maxModelLength = 32
        }
        _ = engine.submit(request(0..<17, makes: 1), now: 0)
        _ = drain(engine)
        _ = engine.submit(request(100..<121, makes: 1), now: 0)
        let removed = drain(engine).events.compactMap {
            if case .removed(let r) = $0 { r.blockHashes.first } else { nil }
        }
        #expect(removed.count == 2)
        _ = engine.submit(request(0..<17, makes: 1), now: 0)
        #expect(engine.cachedBlocks.count { $0.tokens.first.map { $0 < 17 } ?? false } == 2)
        _ = drain(engine)
        #expect(engine.statistics.prefixHits == 8, "the first two of four blocks were left")
    }

    @Test func `gives the same run for the same seed`() {
        func seconds(_ seed: UInt64) -> [Double] {
            let engine = engine {
                $0.calibration.jitter = 0.1
                $0.seed = seed
            }
            _ = engine.submit(request(0..<50, makes: 8), now: 0)
            var seconds: [Double] = []
            while let plan = engine.beginStep(now: 0) {
                seconds.append(plan.seconds)
                _ = engine.finishStep(plan, now: 0, wallTime: 0)
            }
            return seconds
        }
        #expect(seconds(1) == seconds(1))
        #expect(seconds(1) != seconds(2))
    }

    @Test func `keeps lent blocks for the lease and no longer`() throws {
        let engine = engine { _ in }
        var lending = request(0..<10, makes: 1)
        lending.transfer = .lends
        _ = engine.submit(lending, now: 0)
        let plan = try #require(engine.beginStep(now: 0))
        let lent = try #require(engine.finishStep(plan, now: 1, wallTime: 0).outputs.first?.lent)
        #expect(lent.blockIDs.count == 3)
        #expect(engine.cacheUsage > 0)
        #expect(engine.renewLease(lent.requestID, now: 20) == .held)
        #expect(engine.renewLease(lent.requestID, now: 49) == .held)
        #expect(engine.renewLease(lent.requestID, now: 80) == .expired)
        #expect(engine.cacheUsage == 0)
        engine.giveBack(lent.requestID)
        #expect(engine.statistics.expiredLeases == 1)
        #expect(engine.statistics.notificationsAfterExpiry == 1)
    }

    @Test func `blocks add up on random work`() {
        let seed = UInt64.random(in: 0 ... .max)
        var state = seed
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let engine = engine {
            $0.blockCount = 40
            $0.maxModelLength = 100
            $0.maxBatchedTokens = 64
        }
        var held: [EngineBlockHash: Int] = [:]
        var live: [Int] = []
        for step in 0..<3_000 {
            if random(3) == 0 {
                let start = UInt32(random(4) * 1_000)
                live.append(
                    engine.submit(request(start..<start + UInt32(1 + random(60)), makes: 1 + random(30)), now: 0))
            }
            if random(20) == 0, let id = live.randomElement() { engine.abort(id) }
            guard let plan = engine.beginStep(now: 0) else { continue }
            for event in engine.finishStep(plan, now: 0, wallTime: 0).batch?.events ?? [] {
                switch event {
                case .stored(let stored): for hash in stored.blockHashes { held[hash, default: 0] += 1 }
                case .removed(let removed): for hash in removed.blockHashes { held[hash, default: 0] -= 1 }
                case .cleared: held = [:]
                }
            }
            guard step % 50 == 0 else { continue }
            var truth: [EngineBlockHash: Int] = [:]
            for block in engine.cachedBlocks { truth[.integer(block.hash.low64), default: 0] += 1 }
            #expect(held.filter { $0.value != 0 } == truth, "seed \(seed), step \(step)")
        }
        for id in live { engine.abort(id) }
        #expect(engine.cacheUsage == 0, "seed \(seed)")
    }
}
