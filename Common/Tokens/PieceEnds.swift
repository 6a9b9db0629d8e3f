/// Where pieces end that lie one after the other: so few at a time that they and what is found out about them stay in a
/// processor's nearest cache.
struct PieceEnds {
    static let most = 128

    /// Has `most` places, of which the first `count` count.
    var list = [Int](repeating: 0, count: most)
    var count = 0

    /// Whether a cut may stop because there is no room for a gap and a match.
    var isFull: Bool { count >= Self.most - 1 }
}
