/// Tokens that are found in the text as they stand, before anything else: special ones and others added to a
/// vocabulary. At one place the longest wins; after a match the search goes on behind it.
struct AddedTokens: Sendable {
    struct Entry: Sendable {
        var text: [UInt8]
        var id: UInt32
        var takesSpaceBefore = false
        var takesSpaceAfter = false
        var isWholeWord = false
    }

    struct Match {
        var range: Range<Int>
        var id: UInt32
    }

    /// First bytes up to which eight bytes of a text are looked at once for all of them.
    private static let firstsMax = 4

    /// By their first byte, the longest first.
    private var entries: [[Entry]] = Array(repeating: [], count: 256)
    /// The bytes that entries start with.
    private var firsts: [UInt8] = []
    /// Whether any entry starts with a byte.
    private var starts: [Bool] = Array(repeating: false, count: 256)
    /// Bytes of the longest text; 0 when there are none.
    private(set) var bytesMax = 0

    init(_ list: [Entry]) {
        for entry in list.sorted(by: { $0.text.count > $1.text.count }) {
            guard let first = entry.text.first else { continue }
            entries[Int(first)].append(entry)
            if !starts[Int(first)] { firsts.append(first) }
            starts[Int(first)] = true
            bytesMax = max(bytesMax, entry.text.count)
        }
    }

    var isEmpty: Bool { bytesMax == 0 }

    @inline(__always) func mayStart(_ byte: UInt8) -> Bool { starts[Int(byte)] }

    /// The first match that starts at `from` or after it, in `start..<end`; `taken` is where the match before it ended.
    func first(
        _ text: Span<UInt8>, from: Int, _ start: Int, _ end: Int, taken: Int, _ classes: Span<UInt16>
    ) -> (match: Match, next: Int)? {
        var at = from
        while at < end {
            at = nextStart(text, at, end)
            if at == end { return nil }
            guard let entry = longest(text, at, end) else {
                at += 1
                continue
            }
            let next = at + entry.text.count
            if entry.isWholeWord, !stands(text, at, next, start, end, classes) {
                at = next
                continue
            }
            var (lower, upper) = (at, next)
            if entry.takesSpaceBefore {
                while lower > taken {
                    let before = text.start(ofScalarBefore: lower)
                    if text.step(before, classes).bits & ScalarClass.space == 0 { break }
                    lower = before
                }
            }
            if entry.takesSpaceAfter { upper = text.run(upper, end, ScalarClass.space, classes) }
            return (Match(range: lower..<upper, id: entry.id), next)
        }
        return nil
    }

    /// The next place where an entry may start; `end` when there is none.
    private func nextStart(_ text: Span<UInt8>, _ from: Int, _ end: Int) -> Int {
        var at = from
        if firsts.count <= Self.firstsMax {
            let list = firsts.span
            while at + 8 <= end {
                let row = ByteRow(text, at)
                var found: UInt64 = 0
                for index in 0..<list.count { found |= row.equal(list[index]) }
                if found != 0 { break }
                at += 8
            }
        }
        while at < end, !starts[Int(text[at])] { at += 1 }
        return at
    }

    private func longest(_ text: Span<UInt8>, _ at: Int, _ end: Int) -> Entry? {
        let second = at + 1 < end ? text[at + 1] : 0
        for entry in entries[Int(text[at])] {
            if entry.text.count > 1, entry.text[1] != second { continue }
            if text.holds(entry.text, at: at, before: end) { return entry }
        }
        return nil
    }

    /// Whether no character of a word is next to `lower..<upper`.
    private func stands(
        _ text: Span<UInt8>, _ lower: Int, _ upper: Int, _ start: Int, _ end: Int, _ classes: Span<UInt16>
    ) -> Bool {
        let word = ScalarClass.word | ScalarClass.mark
        if lower > start, text.step(text.start(ofScalarBefore: lower), classes).bits & word != 0 { return false }
        return upper == end || text.step(upper, classes).bits & word == 0
    }
}
