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

    /// The end of the match that starts at `at`, or nil when none does. A piece never reaches over `end`.
    @inline(__always) func end(_ text: Span<UInt8>, _ at: Int, _ end: Int, _ classes: Span<UInt16>) -> Int? {
        switch self {
        case .gpt2: return Self.gpt2End(text, at, end, classes)
        case .cl100k(let digitsMax): return Self.cl100kEnd(text, at, end, classes, digitsMax)
        case .deepSeek: return Self.deepSeekEnd(text, at, end, classes)
        case .o200k: return Self.o200kEnd(text, at, end, classes)
        case .numbers(let countMax):
            let found = Self.numbersEnd(text, at, end, classes, countMax)
            return found > at ? found : nil
        case .ideographs:
            let found = text.run(at, end, ScalarClass.ideographOrKana, classes)
            return found > at ? found : nil
        case .before(let mark): return Self.markEnd(text, at, end, mark, groups: true)
        case .beforeEach(let mark): return Self.markEnd(text, at, end, mark, groups: false)
        }
    }

    /// The ends of all pieces of `start..<end`: matches, and what lies between them.
    func cut(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, _ classes: Span<UInt16>, into ends: inout [Int]
    ) {
        var at = start
        var gap = start
        while at < end {
            guard let next = self.end(text, at, end, classes) else {
                at += text.scalar(at).count
                continue
            }
            if gap < at { ends.append(at) }
            ends.append(next)
            at = next
            gap = next
        }
        if gap < end { ends.append(end) }
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
        while at < end, !text.holds(mark, at: at, before: end) { at += 1 }
        return at
    }
}
