/// A small dense number that stands for one rank of one engine inside a `KVIndex`; given out by it and used again
/// later.
package struct RankIndex: Sendable, Hashable, Comparable {
    package var value: UInt32

    package init(_ value: UInt32) { self.value = value }

    package static func < (left: RankIndex, right: RankIndex) -> Bool { left.value < right.value }
}
