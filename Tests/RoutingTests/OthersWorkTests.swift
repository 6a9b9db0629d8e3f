import AgentProtocol
import KVBlocks
import Routing
import Testing

/// What other replicas have under way, and what is predicted of an engine's cache, as decisions read it.
struct OthersWorkTests {
    let engine = Endpoint.pod("a").engine

    func work(
        _ requests: Int, tokens: Int = 0, of replica: UInt64 = 9, life: UInt64 = 1, prompts: [[BlockHash]] = [],
        rank: Int? = nil, ranks: [Int] = []
    ) -> ReplicaWork {
        ReplicaWork(
            replica: replica,
            engines: [
                EngineWork(
                    engine: engine, incarnation: life, requests: requests, pendingTokens: tokens, ranks: ranks,
                    prompts: prompts.compactMap { ChainMarks($0).map { EngineWork.Prompt(rank: rank, marks: $0) } })
            ])
    }

    func read(
        _ inFlight: inout InFlight, _ chain: [BlockHash] = [], held: Int = 0, reports: UInt32 = 1, life: UInt32 = 1,
        at now: Duration = .zero
    ) -> EngineReading {
        var readings = [EngineReading()]
        readings[0].reports = reports
        readings[0].life = life
        readings[0].matchedBlocks = Int32(held)
        inFlight.read(inFlight.enlist([engine]), chain: chain, now: now, into: &readings)
        return readings[0]
    }

    @Test func `it counts beside this replica's own, until a report shows it`() {
        var inFlight = InFlight()
        _ = read(&inFlight)
        _ = inFlight.begin(on: engine, uncachedTokens: 100, chain: [], now: .zero)
        inFlight.take(work(3, tokens: 900), now: .zero)
        inFlight.take(work(1, tokens: 50, of: 10), now: .zero)
        var reading = read(&inFlight)
        #expect(reading.requests == 5 && reading.pendingTokens == 1_050)
        #expect(reading.freshRequests == 5 && reading.freshTokens == 1_050)
        reading = read(&inFlight, reports: 2)
        #expect(reading.requests == 5 && reading.freshRequests == 0 && reading.freshTokens == 0)
        inFlight.take(work(4, tokens: 1_000), now: .zero)
        reading = read(&inFlight, reports: 2)
        #expect(reading.requests == 6 && reading.freshRequests == 1 && reading.freshTokens == 100)
        inFlight.take(work(0), now: .zero)
        #expect(read(&inFlight, reports: 2).requests == 2)
    }

    @Test func `it ends with its time, with the replica, and with the engine's life`() {
        var inFlight = InFlight()
        _ = read(&inFlight)
        let prompt = chain(10)
        inFlight.take(work(2, of: 9, prompts: [prompt]), now: .zero)
        inFlight.take(work(1, of: 10), now: .seconds(3))
        #expect(read(&inFlight, prompt, at: .seconds(4)).requests == 3)
        #expect(read(&inFlight, prompt, at: .seconds(4)).pendingBlocks == 10)
        #expect(read(&inFlight, prompt, at: InFlight.othersKept).requests == 1)
        #expect(read(&inFlight, prompt, at: InFlight.othersKept).pendingBlocks == 0)
        inFlight.take(work(2, of: 9, prompts: [prompt]), now: .seconds(6))
        inFlight.take(ReplicaWork(replica: 9, isOver: true), now: .seconds(6))
        #expect(read(&inFlight, prompt, at: .seconds(6)).requests == 1)
        #expect(read(&inFlight, prompt, at: .seconds(6)).pendingBlocks == 0)
        inFlight.take(work(2, of: 9, prompts: [prompt]), now: .seconds(6))
        #expect(read(&inFlight, prompt, life: 2, at: .seconds(6)).requests == 0)
        #expect(read(&inFlight, prompt, life: 2, at: .seconds(6)).pendingBlocks == 0)
    }

    @Test func `an engine that is not known here and a 65th replica are left out`() {
        var inFlight = InFlight()
        inFlight.take(work(2), now: .zero)
        #expect(read(&inFlight).requests == 0)
        for replica in 0..<70 { inFlight.take(work(1, of: UInt64(replica)), now: .zero) }
        #expect(read(&inFlight).requests == 64)
    }

    @Test func `a decision avoids an engine that another replica loaded, and goes where its prefix will be`() throws {
        let endpoints = [Endpoint.pod("a"), .pod("b")]
        let plan = TargetPlan.of(endpoints)
        let request = RoutingRequest(promptTokens: 1_600, chain: chain(100), blockSize: 16, outputTokensMax: 100)
        var inFlight = InFlight()
        _ = inFlight.enlist(endpoints.map(\.engine))
        func first() -> EngineID? {
            let readings = plan.readings(request, ["a": .busy(), "b": .busy()], inFlight: inFlight, now: .zero)
            return Decider(request, plan: plan, readings: readings).decide().choices.first?.answering.engine
        }
        inFlight.take(work(4, tokens: 20_000, life: 0), now: .zero)
        for draw in 0..<20 {
            request.draw = UInt64(draw)
            #expect(first() == endpoints[1].engine)
        }
        inFlight.take(work(1, tokens: 100, life: 0, prompts: [chain(100)]), now: .zero)
        for draw in 0..<20 {
            request.draw = UInt64(draw)
            #expect(first() == endpoints[0].engine)
        }
    }

    @Test func `a prompt's blocks are predicted after its answer began, until events or time say otherwise`() {
        var inFlight = InFlight()
        let prompt = chain(10)
        _ = read(&inFlight)
        func computed(_ prompt: [BlockHash], _ outcome: InFlight.Outcome = .answered) {
            let lease = inFlight.begin(on: engine, uncachedTokens: 1, chain: prompt, now: .zero)
            if outcome == .answered { _ = inFlight.produced(lease, now: .seconds(1)) }
            inFlight.end(lease, outcome, now: .seconds(1))
        }
        computed(prompt)
        #expect(read(&inFlight, chain(30), at: .seconds(2)).pendingBlocks == 10)
        #expect(read(&inFlight, chain(4), at: .seconds(2)).pendingBlocks == 4)
        #expect(read(&inFlight, prompt, at: .seconds(1) + InFlight.predictionKept).pendingBlocks == 0)
        // All of it is confirmed: when it goes again, nothing is predicted.
        computed(prompt)
        #expect(read(&inFlight, prompt, held: 10, at: .seconds(1)).pendingBlocks == 0)
        #expect(read(&inFlight, prompt, held: 0, at: .seconds(1)).pendingBlocks == 0)
        // A part of it is, and then that part is gone.
        computed(prompt)
        #expect(read(&inFlight, chain(6), held: 6, at: .seconds(1)).pendingBlocks == 0)
        #expect(read(&inFlight, prompt, held: 6, at: .seconds(1)).pendingBlocks == 10)
        #expect(read(&inFlight, prompt, held: 5, at: .seconds(1)).pendingBlocks == 0)
        #expect(read(&inFlight, prompt, held: 0, at: .seconds(1)).pendingBlocks == 0)
        // What failed was not computed.
        computed(prompt, .failed)
        #expect(read(&inFlight, prompt, at: .seconds(1)).pendingBlocks == 0)
    }

    @Test func `no prediction outlives the engine's life`() {
        var inFlight = InFlight()
        _ = read(&inFlight)
        let lease = inFlight.begin(on: engine, uncachedTokens: 1, chain: chain(10), now: .zero)
        #expect(read(&inFlight, chain(10)).pendingBlocks == 10)
        #expect(read(&inFlight, chain(10), life: 2).pendingBlocks == 0, "under way in the earlier life")
        inFlight.end(lease, .answered, now: .zero)
        #expect(read(&inFlight, chain(10), life: 2).pendingBlocks == 0)
    }

    @Test func `a rank is predicted to hold what was sent to it, and no other`() {
        var inFlight = InFlight()
        _ = read(&inFlight)
        let lease = inFlight.begin(on: engine, rank: 2, uncachedTokens: 1, chain: chain(10), now: .zero)
        func predicted(_ rank: Int, held: Int = 0) -> Int {
            inFlight.predictedBlocks(chain(10), on: engine, rank: rank, held: held, now: .zero)
        }
        #expect(predicted(2) == 10 && predicted(1) == 0)
        inFlight.end(lease, .answered, now: .zero)
        #expect(predicted(2) == 10 && predicted(1) == 0)
        inFlight.take(work(4, prompts: [chain(20, from: 500)], rank: 1, ranks: [0, 3, 1]), now: .zero)
        #expect(inFlight.predictedBlocks(chain(20, from: 500), on: engine, rank: 1, held: 0, now: .zero) == 20)
        #expect(inFlight.allRequests(engine, rank: 1) == 3 && inFlight.allRequests(engine, rank: 0) == 0)
        #expect(predicted(2, held: 10) == 0 && predicted(2) == 0, "confirmed")
    }

    @Test func `what changed is told once, with the prompts since, and all that lasts when it is asked for`() {
        var inFlight = InFlight()
        let first = inFlight.begin(on: engine, uncachedTokens: 70, chain: chain(5), now: .zero)
        #expect(!inFlight.hasUntold, "nobody asks")
        inFlight.setTelling(true)
        func told() -> [EngineWork] { inFlight.takeUntold().map { $0.work(incarnation: 4) } }
        #expect(told() == [EngineWork(engine: engine, incarnation: 4, requests: 1, pendingTokens: 70)])
        #expect(!inFlight.hasUntold && told().isEmpty)
        let second = inFlight.begin(on: engine, rank: 1, uncachedTokens: 30, chain: chain(8), now: .zero)
        let prompts = ChainMarks(chain(8)).map { [EngineWork.Prompt(rank: 1, marks: $0)] } ?? []
        #expect(
            told() == [
                EngineWork(
                    engine: engine, incarnation: 4, requests: 2, pendingTokens: 100, ranks: [0, 1], prompts: prompts)
            ])
        inFlight.end(first, .answered, now: .zero)
        inFlight.end(second, .answered, now: .zero)
        #expect(told() == [EngineWork(engine: engine, incarnation: 4, requests: 0, pendingTokens: 0)])
        inFlight.tellAgain()
        #expect(!inFlight.hasUntold, "nothing lasts")
        inFlight.setTelling(false)
        _ = inFlight.begin(on: engine, uncachedTokens: 1, chain: [], now: .zero)
        #expect(!inFlight.hasUntold)
    }
}
