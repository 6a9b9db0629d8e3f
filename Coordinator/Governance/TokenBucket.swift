/// Tokens that may be spent, refilled evenly up to a capacity.
///
/// 1. The level is never above the capacity; what was spent unasked may leave it below zero.
/// 2. Time that goes backwards refills nothing.
package struct TokenBucket: Sendable, Hashable {
    /// How much it holds, which is also what it gains in one unit of time.
    package struct Size: Sendable, Hashable {
        package var tokens: Int
        package var unit: LimitUnit

        package init(_ tokens: Int, per unit: LimitUnit) {
            self.tokens = tokens
            self.unit = unit
        }

        /// Tokens gained in a second.
        package var perSecond: Double { Double(tokens) / Double(unit.seconds) }
    }

    package let size: Size
    private var level: Double
    private var levelAt: Duration

    /// A full bucket.
    package init(_ size: Size, now: Duration) {
        self.size = size
        level = Double(size.tokens)
        levelAt = now
    }

    /// Tokens there are now.
    package func level(now: Duration) -> Double {
        min(Double(size.tokens), level + max(0, (now - levelAt).seconds) * size.perSecond)
    }

    package func isFull(now: Duration) -> Bool { level(now: now) >= Double(size.tokens) }

    /// Takes tokens whether they are there or not.
    package mutating func spend(_ tokens: Int, now: Duration) {
        level = level(now: now) - Double(tokens)
        levelAt = max(levelAt, now)
    }

    /// How long until there are this many tokens; zero when there are, nil when the bucket never holds so many.
    package func wait(for tokens: Int, now: Duration) -> Duration? {
        let lacking = Double(tokens) - level(now: now)
        if lacking <= 0 { return .zero }
        return tokens <= size.tokens ? .seconds(lacking / size.perSecond) : nil
    }
}

extension Duration {
    /// The whole and the fraction as one number.
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
