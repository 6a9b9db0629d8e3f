import Governance
import Testing

struct TokenBucketTests {
    struct Row: Sendable {
        var seconds: Double
        var level: Double
        var wait: Double?
    }

    /// Thirty tokens a minute, all spent at 100 s: ten of them are there again after twenty seconds.
    @Test(arguments: [
        Row(seconds: 0, level: 0, wait: 20), Row(seconds: 10, level: 5, wait: 10), Row(seconds: 20, level: 10, wait: 0),
        Row(seconds: 60, level: 30, wait: 0), Row(seconds: 3_600, level: 30, wait: 0),
        Row(seconds: -5, level: 0, wait: 20),
    ]) func `refills evenly up to its size`(row: Row) throws {
        var bucket = TokenBucket(TokenBucket.Size(30, per: .minute), now: .seconds(100))
        bucket.spend(30, now: .seconds(100))
        let now = Duration.seconds(100 + row.seconds)
        #expect(abs(bucket.level(now: now) - row.level) < 1e-9)
        let wait = try #require(bucket.wait(for: 10, now: now))
        #expect(abs(wait.seconds - (row.wait ?? 0)) < 1e-9)
    }

    @Test func `what was spent unasked is paid back first`() throws {
        var bucket = TokenBucket(TokenBucket.Size(100, per: .minute), now: .zero)
        bucket.spend(200, now: .zero)
        #expect(bucket.level(now: .zero) == -100)
        #expect(bucket.level(now: .seconds(60)) == 0)
        #expect(try #require(bucket.wait(for: 1, now: .seconds(60))).seconds > 0.5)
        #expect(bucket.isFull(now: .seconds(120)))
    }

    @Test func `more than it ever holds is never there`() {
        let bucket = TokenBucket(TokenBucket.Size(30, per: .day), now: .zero)
        #expect(bucket.wait(for: 31, now: .seconds(1e9)) == nil)
        #expect(bucket.wait(for: 30, now: .zero) == .zero)
    }

    @Test func `a unit has its seconds`() {
        #expect(LimitUnit.allCases.map(\.seconds) == [1, 60, 3_600, 86_400, 2_592_000])
        #expect(TokenBucket.Size(120, per: .minute).perSecond == 2)
    }
}
