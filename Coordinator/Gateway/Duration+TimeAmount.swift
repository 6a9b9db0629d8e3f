import NIOCore

extension Duration {
    /// The same in NIO's terms, without the division of 128-bit numbers that each request would make several times.
    var timeAmount: TimeAmount {
        let divisor: UInt64 = 1_000_000_000
        let attoseconds = self.attoseconds
        let high = UInt64(truncatingIfNeeded: attoseconds >> 64)
        // A quotient of 64 bits; what is negative or longer than 292 years is none.
        guard attoseconds >= 0, high < divisor / 2 else { return TimeAmount(self) }
        let whole = (high: high, low: UInt64(truncatingIfNeeded: attoseconds))
        return .nanoseconds(Int64(divisor.dividingFullWidth(whole).quotient))
    }
}
