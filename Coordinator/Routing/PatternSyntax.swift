/// A parsed regular expression.
indirect enum PatternNode: Sendable {
    case empty
    case scalars(ScalarSet)
    case lineStart
    case lineEnd
    case textStart
    case textEnd
    case wordBoundary(Bool)
    case sequence([PatternNode])
    case choice([PatternNode])
    /// `maximum` nil for no upper bound.
    case loop(PatternNode, minimum: Int, maximum: Int?)
}

/// A set of Unicode scalars as ascending, disjoint or not, inclusive ranges.
struct ScalarSet: Sendable, Hashable {
    var ranges: [ClosedRange<UInt32>]
    var isNegated = false

    static let digits = ScalarSet(ranges: [0x30...0x39])
    static let word = ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let space = ScalarSet(ranges: [0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    static let any = ScalarSet(ranges: [0...0x10FFFF])
    static let notNewline = ScalarSet(ranges: [0x0A...0x0A], isNegated: true)

    func contains(_ scalar: UInt32) -> Bool { ranges.contains { $0.contains(scalar) } != isNegated }

    /// With the other case of every ASCII letter in it.
    var foldingCase: ScalarSet {
        var folded = self
        for range in ranges {
            for (from, by) in [(UInt32(0x41)...0x5A, Int64(32)), (UInt32(0x61)...0x7A, Int64(-32))] {
                let low = max(range.lowerBound, from.lowerBound)
                let high = min(range.upperBound, from.upperBound)
                if low <= high { folded.ranges.append(UInt32(Int64(low) + by)...UInt32(Int64(high) + by)) }
            }
        }
        return folded
    }

    /// The ranges that are not in the set.
    var complement: [ClosedRange<UInt32>] {
        if isNegated { return ranges }
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { result.append(next...0x10FFFF) }
        return result
    }
}

/// Why a pattern is not one this program can run.
package struct PatternError: Error, Sendable, Hashable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}
