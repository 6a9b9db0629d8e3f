/// The known ways to cut a text into the pieces that merges do not cross, each written by hand.
enum SplitPattern: Sendable, Hashable {
    /// GPT-2's: contractions, one space before letters, numbers or signs.
    case gpt2
    /// cl100k's, of GPT-4, Llama 3 and (with one digit a piece) Qwen 2: numbers in pieces of up to `digitsMax`.
    case cl100k(digitsMax: Int)
    /// DeepSeek's last one, for what is left between numbers and ideographs.
    case deepSeek
    /// o200k's, of GPT-4o: words end where capitals follow small letters.
    case o200k
    /// Numbers in groups of up to `countMax`; 0 for runs of any length.
    case numbers(countMax: Int)
    /// Runs of ideographs and kana.
    case ideographs
    /// Before each of these bytes that does not follow another: where no merge of the vocabulary reaches across.
    case before(mark: [UInt8])
    /// Before each of these bytes.
    case beforeEach(mark: [UInt8])

    /// Whether every scalar of every text is in a match.
    var coversAll: Bool {
        switch self {
        case .gpt2, .cl100k, .o200k: true
        case .deepSeek, .numbers, .ideographs, .before, .beforeEach: false
        }
    }

    /// Adds the ends of pieces from `start` on, until all of `start..<end` is cut or `ends` is full: matches, and what
    /// lies between them. Answers where the last piece ends; the next call goes on there.
    func cut(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, _ classes: Span<UInt16>, into ends: inout PieceEnds
    ) -> Int {
        switch self {
        case .gpt2: Self.cut(start, end, into: &ends) { Self.gpt2End(text, $0, end, classes) }
        case .cl100k(let digitsMax):
            Self.cut(start, end, into: &ends) { Self.cl100kEnd(text, $0, end, classes, digitsMax) }
        case .o200k: Self.cut(start, end, into: &ends) { Self.o200kEnd(text, $0, end, classes) }
        case .before(let mark):
            Self.cut(start, end, into: &ends) { Self.markEnd(text, $0, end, mark, groups: true) }
        case .beforeEach(let mark):
            Self.cut(start, end, into: &ends) { Self.markEnd(text, $0, end, mark, groups: false) }
        case .deepSeek:
            Self.cutMatches(start, end, into: &ends) {
                Self.deepSeekEnd(text, $0, end, classes) ?? -text.scalar($0).count
            }
        case .numbers(let countMax):
            Self.cutMatches(start, end, into: &ends) { at in
                let gap = text.skipLetters(at, end) - at
                if gap > 0 { return -gap }
                let found = Self.numbersEnd(text, at, end, classes, countMax)
                return found > at ? found : -text.scalar(at).count
            }
        case .ideographs:
            Self.cutMatches(start, end, into: &ends) { at in
                let gap = text.skipASCII(at, end) - at
                if gap > 0 { return -gap }
                let found = text.run(at, end, ScalarClass.ideographOrKana, classes)
                return found > at ? found : -text.scalar(at).count
            }
        }
    }

    /// Cuts where matches leave nothing between them; `next` is the end of the one that starts at a place.
    @inline(__always)
    private static func cut(_ start: Int, _ end: Int, into ends: inout PieceEnds, next: (Int) -> Int) -> Int {
        var count = ends.count
        var list = ends.list.mutableSpan
        var at = start
        while at < end, count < PieceEnds.most {
            at = next(at)
            list[count] = at
            count += 1
        }
        ends.count = count
        return at
    }

    /// Cuts where something may lie between matches: there `next` is the bytes to pass over, below zero.
    @inline(__always)
    private static func cutMatches(_ start: Int, _ end: Int, into ends: inout PieceEnds, next: (Int) -> Int) -> Int {
        var count = ends.count
        var list = ends.list.mutableSpan
        var (at, gap) = (start, start)
        // A gap and the match after it go together.
        while at < end, count < PieceEnds.most - 1 {
            let found = next(at)
            if found < 0 {
                at -= found
                continue
            }
            if gap < at {
                list[count] = at
                count += 1
            }
            list[count] = found
            count += 1
            (at, gap) = (found, found)
        }
        if at == end, gap < end {
            list[count] = end
            count += 1
            gap = end
        }
        ends.count = count
        return gap
    }

    static func numbersEnd(
        _ text: Span<UInt8>, _ at: Int, _ end: Int, _ classes: Span<UInt16>, _ countMax: Int
    ) -> Int {
        var at = at
        var count = 0
        while at < end, countMax == 0 || count < countMax {
            let next = text.step(at, classes)
            if next.bits & ScalarClass.number == 0 { break }
            at += next.count
            count += 1
        }
        return at
    }

    private static func markEnd(
        _ text: Span<UInt8>, _ at: Int, _ end: Int, _ mark: [UInt8], groups: Bool
    ) -> Int {
        var at = at
        if text.holds(mark, at: at, before: end) {
            repeat { at += mark.count } while groups && text.holds(mark, at: at, before: end)
        }
        while true {
            at = text.first(mark[0], at, end)
            if at == end || text.holds(mark, at: at, before: end) { return at }
            at += 1
        }
    }
}
