import Testing

@testable import KubernetesClient

@Suite struct TokenBucketTests {
    struct Row: Sendable {
        /// Milliseconds at which tokens are asked for.
        var asked: [Int]
        /// Milliseconds to wait for each.
        var waits: [Int]
    }

    /// Ten a second, three at once.
    static let rows: [Row] = [
        Row(asked: [0, 0, 0], waits: [0, 0, 0]),
        Row(asked: [0, 0, 0, 0, 0], waits: [0, 0, 0, 100, 200]),
        Row(asked: [0, 0, 0, 50, 100], waits: [0, 0, 0, 50, 100]),
        Row(asked: [0, 0, 0, 200, 200, 200], waits: [0, 0, 0, 0, 0, 100]),
        // A rest fills no more than the burst.
        Row(asked: [60_000, 60_000, 60_000, 60_000], waits: [0, 0, 0, 100]),
        // A clock read out of order by two threads gives nothing twice.
        Row(asked: [100, 0, 100, 100, 0], waits: [0, 0, 0, 100, 200]),
    ]

    @Test(arguments: rows) func `a burst, then a steady rate`(row: Row) {
        var bucket = TokenBucket(RequestLimits(perSecond: 10, burst: 3))
        let waits = row.asked.map { bucket.take(at: .milliseconds($0)) }
        for (wait, expected) in zip(waits, row.waits) {
            #expect(abs((wait - .milliseconds(expected)) / .milliseconds(1)) < 0.001)
        }
    }

    @Test func `what is given back is there again, up to the burst`() {
        var bucket = TokenBucket(RequestLimits(perSecond: 1, burst: 1))
        bucket.giveBack()
        #expect(bucket.take(at: .zero) == .zero)
        #expect(bucket.take(at: .zero) == .seconds(1))
        bucket.giveBack()
        #expect(bucket.take(at: .zero) == .seconds(1))
    }

    @Test func `requests wait for their turn and a cancelled one gives it back`() async throws {
        let limiter = RequestLimiter(RequestLimits(perSecond: 20, burst: 1))
        #expect(try await limiter.admit() == .zero)
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await limiter.admit()) == nil }
            group.cancelAll()
            #expect(await group.next() == true)
        }
        let start = ContinuousClock.now
        let told = try await limiter.admit()
        #expect(told > .zero && told <= .milliseconds(50))
        #expect(ContinuousClock.now - start >= told)
        let free = RequestLimiter(nil)
        for _ in 0..<1000 { #expect(try await free.admit() == .zero) }
    }
}
