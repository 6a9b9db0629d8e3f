import Routing
import TestKit
import Testing

struct CircuitBreakerTests {
    /// A breaker and what it takes to drive it.
    struct Bench {
        var breaker = CircuitBreaker()
        var policy = CircuitBreaker.Policy()
        var latest: UInt64 = 0

        mutating func begin(_ now: Duration) -> UInt64 {
            latest += 1
            breaker.began(latest, now: now)
            return latest
        }

        mutating func end(_ number: UInt64, _ outcome: CircuitBreaker.Outcome, _ now: Duration)
            -> CircuitBreaker.Change?
        {
            breaker.ended(number, outcome, latest: latest, now: now, policy)
        }

        @discardableResult
        mutating func run(_ outcome: CircuitBreaker.Outcome, at now: Duration) -> CircuitBreaker.Change? {
            end(begin(now), outcome, now)
        }
    }

    @Test func `opens at the failure in a row that is one too many, and a success between them starts over`() {
        var bench = Bench()
        for _ in 0..<2 { #expect(bench.run(.failure, at: .zero) == nil) }
        #expect(bench.run(.success, at: .zero) == nil)
        for _ in 0..<2 { #expect(bench.run(.failure, at: .zero) == nil) }
        #expect(bench.run(.nothing, at: .zero) == nil)
        #expect(bench.run(.failure, at: .zero) == .opened(.consecutiveFailures, pause: .milliseconds(500)))
        #expect(bench.breaker.isLeftAlone(now: .milliseconds(499)))
        #expect(!bench.breaker.isLeftAlone(now: .milliseconds(500)))
    }

    @Test func `opens where half of enough outcomes failed, and only of the last window`() {
        var bench = Bench()
        bench.policy.consecutiveMax = 1_000
        for _ in 0..<9 {
            #expect(bench.run(.success, at: .seconds(1)) == nil)
            #expect(bench.run(.weak, at: .seconds(1)) == nil)
        }
        // The nineteenth is one too few.
        #expect(bench.run(.success, at: .seconds(1)) == nil)
        var late = bench
        #expect(bench.run(.failure, at: .seconds(1)) == .opened(.failureRatio, pause: .milliseconds(500)))
        #expect(late.run(.failure, at: .seconds(12)) == nil, "what happened a window ago counts no more")
    }

    @Test func `weak failures alone never make a row`() {
        var bench = Bench()
        for _ in 0..<19 { #expect(bench.run(.weak, at: .zero) == nil) }
        #expect(bench.run(.weak, at: .zero) == .opened(.failureRatio, pause: .milliseconds(500)))
    }

    @Test func `each opening pauses twice as long, up to a bound, until time has forgiven them`() {
        var bench = Bench()
        var now = Duration.zero
        var pauses: [Double] = []
        for _ in 0..<7 {
            guard case .opened(_, let pause) = bench.run(.severe, at: now) else {
                Issue.record("it did not open")
                return
            }
            pauses.append(pause / .milliseconds(1))
            now += pause
        }
        #expect(pauses == [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000])
        #expect(bench.run(.success, at: now) == .closed)
        #expect(bench.run(.severe, at: now + .seconds(1)) == .opened(.unreachable, pause: .seconds(8)))
        now += .seconds(60)
        #expect(bench.run(.success, at: now) == .closed)
        #expect(bench.run(.severe, at: now) == .opened(.unreachable, pause: .milliseconds(500)))
    }

    @Test func `requests from before it opened neither prolong its pause nor close it`() {
        var bench = Bench()
        let old = (0..<50).map { _ in bench.begin(.zero) }
        #expect(bench.end(old[0], .severe, .seconds(1)) != nil)
        for number in old.dropFirst().prefix(40) { #expect(bench.end(number, .severe, .seconds(1)) == nil) }
        #expect(bench.end(old[45], .success, .seconds(1)) == nil)
        #expect(bench.breaker.isLeftAlone(now: .milliseconds(1_499)))
        #expect(!bench.breaker.isLeftAlone(now: .milliseconds(1_500)))
    }

    @Test func `a probe whose client leaves gives its place to the next`() {
        var bench = Bench()
        bench.run(.severe, at: .zero)
        let probe = bench.begin(.seconds(1))
        #expect(bench.breaker.isLeftAlone(now: .seconds(1)))
        #expect(bench.end(probe, .nothing, .seconds(1)) == nil)
        #expect(!bench.breaker.isLeftAlone(now: .seconds(1)))
        #expect(bench.run(.success, at: .seconds(1)) == .closed)
    }

    @Test func `what silence opened closes at the first sign of life, and nothing else does`() {
        var bench = Bench()
        #expect(bench.breaker.trip(.stuck, latest: 0, now: .zero, bench.policy) != nil)
        #expect(bench.breaker.trip(.stuck, latest: 0, now: .zero, bench.policy) == nil)
        #expect(bench.breaker.recovered() == .closed)
        #expect(bench.breaker.recovered() == nil)
        bench.run(.severe, at: .zero)
        #expect(bench.breaker.recovered() == nil)
    }

    /// The rules of the breaker's header, said over the whole history.
    struct Model {
        var policy: CircuitBreaker.Policy
        var openedAt: Duration?
        var pause = Duration.zero
        var lastOpening: (at: Duration, pause: Duration)?
        var lastBefore: UInt64 = 0
        var probe: UInt64?
        var row = 0

        func isLeftAlone(_ now: Duration) -> Bool {
            guard let openedAt else { return false }
            return now < openedAt + pause || probe != nil
        }

        mutating func began(_ number: UInt64, _ now: Duration) {
            if let openedAt, now >= openedAt + pause, probe == nil { probe = number }
        }

        mutating func ended(_ number: UInt64, _ outcome: CircuitBreaker.Outcome, _ latest: UInt64, _ now: Duration) {
            let wasProbe = probe == number
            if wasProbe { probe = nil }
            guard number > lastBefore else { return }
            let isBad = outcome == .failure || outcome == .severe
            if openedAt != nil {
                if outcome == .success {
                    openedAt = nil
                    probe = nil
                } else if wasProbe && isBad {
                    open(latest, now)
                }
                return
            }
            if outcome == .success { row = 0 }
            if isBad { row += 1 }
            if outcome == .severe || row >= policy.consecutiveMax && isBad { open(latest, now) }
        }

        private mutating func open(_ latest: UInt64, _ now: Duration) {
            pause = policy.pause
            if let lastOpening, now < lastOpening.at + policy.forgivenAfter {
                pause = min(lastOpening.pause * 2, policy.pauseMax)
            }
            lastOpening = (now, pause)
            openedAt = now
            lastBefore = latest
            probe = nil
            row = 0
        }
    }

    @Test(arguments: [UInt64(1), 2, 3, 20_261_121])
    func `agrees with its rules over random histories`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var bench = Bench()
        // The ratio has a test of its own; its window is approximate.
        bench.policy.samplesMin = .max
        var model = Model(policy: bench.policy)
        var now = Duration.zero
        var running: [UInt64] = []
        let outcomes: [CircuitBreaker.Outcome] = [.success, .success, .failure, .severe, .nothing, .weak]
        for step in 0..<20_000 {
            now += .milliseconds(random.below(random.chance(2) ? 20_000 : 300))
            if running.isEmpty || random.chance(50) {
                let number = bench.begin(now)
                model.began(number, now)
                running.append(number)
            } else {
                let number = running.remove(at: random.below(running.count))
                let outcome = outcomes[random.below(outcomes.count)]
                _ = bench.end(number, outcome, now)
                model.ended(number, outcome, bench.latest, now)
            }
            guard bench.breaker.isLeftAlone(now: now) == model.isLeftAlone(now),
                bench.breaker.isClosed == (model.openedAt == nil)
            else {
                Issue.record("seed \(seed), step \(step): the breaker and its rules disagree")
                return
            }
        }
    }
}
