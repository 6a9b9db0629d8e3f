import AgentProtocol
import Routing
import TestKit
import Testing

struct HealthTests {
    // How many engines may be left out.

    @Test(arguments: [(1, 0), (2, 1), (3, 2), (10, 9), (11, 9), (20, 18)])
    func `one engine at least stays`(count: Int, most: Int) { #expect(EjectionLimit().most(of: count) == most) }

    @Test func `ejections hold up to the limit of a role, and beyond it none does`() {
        let roles: [Endpoint.Role] = [.prefill, .prefill, .decode, .decode]
        let endpoints = roles.enumerated().map { Endpoint.pod("p\($0)", $1, group: "g") }
        let plan = TargetPlan.of(endpoints, isDisaggregated: true)
        func readings(_ ejected: Set<Int>) -> [EngineReading] {
            endpoints.indices.map { place in
                var reading = EngineReading()
                if ejected.contains(place) { reading.flags.insert(.ejected) }
                return reading
            }
        }
        var some = readings([0, 2])
        #expect(!EjectionLimit().apply(to: &some, of: plan))
        #expect(some.map { $0.flags.contains(.ejected) } == [true, false, true, false])
        var all = readings([0, 2, 3])
        #expect(EjectionLimit().apply(to: &all, of: plan))
        #expect(all.map { $0.flags.contains(.ejected) } == [true, false, false, false])
        #expect(all.map { $0.flags.contains(.spared) } == [false, false, true, true])
    }

    // Retries.

    @Test func `retries are a share of what is under way, and a few always`() {
        let target = TargetServer.of([.pod("a")]).id
        var budget = RetryBudget()
        budget.retriesMin = 2
        for _ in 0..<2 { #expect(budget.take(target, live: 1) == true) }
        #expect(budget.take(target, live: 11) == false)
        #expect(budget.take(target, live: 12) == true)
        budget.giveBack(target)
        for _ in 0..<2 { budget.giveBack(target) }
        #expect(budget.retries(target) == 0)
        var taken = 0
        while budget.take(target, live: 1_000) { taken += 1 }
        #expect(taken == 250)
    }

    @Test func `the first retry elsewhere is at once, later ones wait longer and longer`() {
        let own = RetryPause(interval: nil)
        #expect(own.pause(before: 1, isRepeat: false, draw: .max) == .zero)
        #expect(own.pause(before: 2, isRepeat: false, draw: .max) == .milliseconds(25))
        #expect(own.pause(before: 2, isRepeat: false, draw: 0) == .microseconds(12_500))
        #expect(own.pause(before: 4, isRepeat: false, draw: .max) == .milliseconds(100))
        #expect(own.pause(before: 1, isRepeat: true, draw: .max) == .milliseconds(100))
        #expect(own.pause(before: 1_000, isRepeat: true, draw: .max) == .seconds(1))
        let given = RetryPause(interval: .milliseconds(70))
        #expect(given.pause(before: 1, isRepeat: false, draw: 1) == .milliseconds(70))
        #expect(given.pause(before: 9, isRepeat: true, draw: 1) == .milliseconds(70))
    }

    // Engines that are stuck.

    /// A ledger with one engine and a clock that a test moves.
    struct Bench {
        let engine = Endpoint.pod("a").engine
        var inFlight = InFlight()
        var now = Duration.seconds(1_000)
        var load: EngineLoad?

        mutating func ask(_ tokens: Int = 100, isPrompt: Bool = true) -> InFlight.Lease {
            inFlight.begin(on: engine, uncachedTokens: tokens, chain: [], isPrompt: isPrompt, now: now)
        }

        /// One request that is answered after a while, which shows the engine's pace.
        mutating func answer(_ tokens: Int = 100, after time: Duration) {
            let lease = ask(tokens)
            now += time
            _ = inFlight.produced(lease, now: now)
            inFlight.end(lease, .answered, now: now)
        }

        mutating func isStuck(_ lease: InFlight.Lease) -> Bool {
            inFlight.judge(lease, load: load, now: now).isStuck
        }

        /// Milliseconds, in steps of a tick, until the request's engine counts as stuck; nil when it never does.
        mutating func untilStuck(_ lease: InFlight.Lease, within limit: Duration = .seconds(120)) -> Int? {
            let start = now
            while now - start < limit {
                if isStuck(lease) { return Int((now - start) / .milliseconds(1)) }
                now += .milliseconds(100)
            }
            return nil
        }
    }

    @Test func `an engine that takes requests and falls silent is out within three seconds`() {
        var bench = Bench()
        for _ in 0..<5 { bench.answer(after: .milliseconds(50)) }
        let leases = [bench.ask(), bench.ask()]
        let taken = bench.untilStuck(leases[0])
        #expect(taken == 2_000)
        #expect(bench.inFlight.isEjected(bench.engine, now: bench.now))
        #expect(bench.isStuck(leases[1]) == true)
        #expect(bench.inFlight.standings(now: bench.now).map(\.cause) == [.stuck])
    }

    @Test func `one request alone says nothing, and with a sign of life nobody is stuck`() {
        var bench = Bench()
        bench.answer(after: .milliseconds(50))
        let stream = bench.ask()
        _ = bench.inFlight.produced(stream, now: bench.now)
        let lease = bench.ask()
        #expect(bench.untilStuck(lease) == nil)
        _ = bench.ask()
        for _ in 0..<100 {
            bench.now += .seconds(1)
            _ = bench.inFlight.moved(stream, now: bench.now)
            #expect(bench.isStuck(lease) == false)
        }
    }

    @Test func `a slow engine is measured by its own pace`() {
        var bench = Bench()
        for _ in 0..<3 { bench.answer(after: .seconds(5)) }
        _ = bench.ask()
        let second = bench.ask()
        // 200 tokens are before its answer, at 50 ms each, and three times that is waited.
        #expect(bench.untilStuck(second) == 30_000)
    }

    @Test func `a long prompt has the time it takes, and so has who waits behind it`() {
        var bench = Bench()
        for _ in 0..<3 { bench.answer(1_000, after: .milliseconds(100)) }
        let long = bench.ask(100_000)
        let short = bench.ask(10)
        #expect(bench.untilStuck(short, within: .seconds(29)) == nil)
        _ = bench.inFlight.produced(long, now: bench.now)
        #expect(bench.isStuck(short) == false)
    }

    @Test func `answers that come whole say nothing, unless the agent sees work and no progress`() {
        var bench = Bench()
        bench.answer(after: .milliseconds(50))
        let first = bench.ask(isPrompt: false)
        _ = bench.ask(isPrompt: false)
        #expect(bench.untilStuck(first, within: .seconds(60)) == nil)
        var load = EngineLoad()
        load.running = 2
        load.cacheUsage = 0.25
        bench.load = load
        for _ in 0..<100 {
            bench.now += .milliseconds(500)
            bench.load?.cacheUsage += 0.001
            #expect(bench.isStuck(first) == false)
        }
        let taken = bench.untilStuck(first)
        #expect(taken == 2_000)
    }

    @Test func `requests that pile up in the engine's queue are no progress`() {
        var bench = Bench()
        bench.answer(after: .milliseconds(50))
        var load = EngineLoad()
        load.running = 1
        bench.load = load
        let first = bench.ask()
        _ = bench.ask()
        // The agent's first picture begins the silence, a tick after the first request.
        for _ in 0..<20 {
            bench.now += .milliseconds(100)
            bench.load?.waiting += 1
            #expect(bench.isStuck(first) == false)
        }
        bench.now += .milliseconds(100)
        #expect(bench.isStuck(first) == true)
    }

    @Test func `a new engine has longer, and a probe needs no second witness`() {
        var bench = Bench()
        let first = bench.ask()
        _ = bench.ask()
        #expect(bench.untilStuck(first) == 10_000)
        bench.inFlight.end(first, .unreachable, now: bench.now)
        bench.now += .seconds(1)
        let probe = bench.ask()
        #expect(bench.untilStuck(probe) == 10_000)
        #expect(
            bench.inFlight.end(probe, .unreachable, now: bench.now)?.change == .opened(.probeFailed, pause: .seconds(1))
        )
    }

    @Test func `the first byte after a silence takes the engine back at once`() {
        var bench = Bench()
        bench.answer(after: .milliseconds(50))
        let first = bench.ask()
        let second = bench.ask()
        #expect(bench.untilStuck(first) != nil)
        #expect(bench.inFlight.produced(second, now: bench.now)?.change == .closed)
        #expect(!bench.inFlight.isEjected(bench.engine, now: bench.now))
    }
}
