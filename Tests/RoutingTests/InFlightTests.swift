import AgentProtocol
import Routing
import Testing

struct InFlightTests {
    let engine = Endpoint.pod("a").engine

    @Test func `a lease leaves nothing behind`() {
        var inFlight = InFlight()
        let first = inFlight.begin(on: engine, uncachedTokens: 100, chain: chain(5), now: .zero)
        let second = inFlight.begin(on: engine, uncachedTokens: 50, chain: chain(3), now: .zero)
        #expect(inFlight.requests(engine) == 2)
        #expect(inFlight.pendingTokens(engine) == 150)
        inFlight.answered(first, now: .zero)
        inFlight.answered(first, now: .zero)
        #expect(inFlight.pendingTokens(engine) == 50)
        #expect(inFlight.requests(engine) == 2)
        inFlight.end(first, .answered, now: .zero)
        inFlight.end(second, .abandoned, now: .zero)
        #expect(inFlight.requests(engine) == 0)
        #expect(inFlight.pendingTokens(engine) == 0)
        #expect(inFlight.pendingBlocks(chain(5), on: engine) == 0)
    }

    @Test func `a prefix under way counts as far as it agrees`() {
        var inFlight = InFlight()
        _ = inFlight.begin(on: engine, uncachedTokens: 1, chain: chain(7) + chain(9, from: 900), now: .zero)
        #expect(inFlight.pendingBlocks(chain(30), on: engine) == 7)
        #expect(inFlight.pendingBlocks(chain(4), on: engine) == 4)
        #expect(inFlight.pendingBlocks(chain(4, from: 1), on: engine) == 0)
        #expect(inFlight.pendingBlocks([], on: engine) == 0)
    }

    @Test func `remembers chains up to its limit and counts requests beyond it`() {
        var inFlight = InFlight()
        for number in 0...UInt64(InFlight.chainsMax) {
            _ = inFlight.begin(on: engine, uncachedTokens: 1, chain: chain(2, from: number * 1_000), now: .zero)
        }
        #expect(inFlight.requests(engine) == InFlight.chainsMax + 1)
        #expect(inFlight.pendingBlocks(chain(2, from: 1_000), on: engine) == 2)
        #expect(inFlight.pendingBlocks(chain(2, from: UInt64(InFlight.chainsMax) * 1_000), on: engine) == 0)
    }

    @Test func `an engine that cannot be reached rests, then one probe decides`() {
        var inFlight = InFlight()
        func fail(at now: Duration) {
            let lease = inFlight.begin(on: engine, uncachedTokens: 1, chain: [], now: now)
            inFlight.end(lease, .unreachable, now: now)
        }
        #expect(!inFlight.isEjected(engine, now: .zero))
        fail(at: .zero)
        #expect(inFlight.isEjected(engine, now: .milliseconds(499)))
        #expect(!inFlight.isEjected(engine, now: .milliseconds(500)))

        let probe = inFlight.begin(on: engine, uncachedTokens: 1, chain: [], now: .milliseconds(600))
        #expect(inFlight.isEjected(engine, now: .milliseconds(600)), "others wait for the probe")
        inFlight.end(probe, .unreachable, now: .milliseconds(700))
        #expect(inFlight.isEjected(engine, now: .milliseconds(1_699)))

        let second = inFlight.begin(on: engine, uncachedTokens: 1, chain: [], now: .seconds(13))
        #expect(inFlight.end(second, .answered, now: .seconds(13))?.change == .closed)
        #expect(!inFlight.isEjected(engine, now: .seconds(13)))
        #expect(inFlight.standings(now: .seconds(13)).map(\.cause) == [.probeFailed])
    }
}
