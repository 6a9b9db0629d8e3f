/// A stand-in for a model's tokenizer: fixed ids, no file, and every text comes back from its ids.
///
/// 1. `decode(encode(text)) == text` for every text.
/// 2. What a text's beginning is cut into changes only near the end when more is added, so longer conversations share
///    the blocks of shorter ones.
/// 3. Text the simulator generates is cut into the ids it was generated from.
///
/// Ids: 0 unused, 1 and 2 begin and end a chat turn (2 also ends an answer), then single bytes, words in four
/// spellings, and groups of lower-case letters for all other words.
package struct Tokenizer: Sendable {
    package static let turnBegin: UInt32 = 1
    package static let turnEnd: UInt32 = 2

    static let firstByte: UInt32 = 3
    static let firstWord = firstByte + 256
    /// Spellings of a word: plain, after a space, capitalised, capitalised after a space.
    static let spellings = 4
    private static let letters = 26

    private let pieces: [[UInt8]]
    private let words: [[UInt8]: UInt32]
    private let firstTriple: UInt32
    private let firstPair: UInt32
    private let firstSpaced: UInt32
    /// Ids are below this.
    package let vocabularySize: UInt32

    /// The tokenizer every engine of this process shares.
    package static let standard = Tokenizer()

    private init() {
        var pieces: [[UInt8]] = []
        var words: [[UInt8]: UInt32] = [:]
        for word in Words.all where words[Array(word.utf8)] == nil {
            let plain = Array(word.utf8)
            let capital = [plain[0] - 32] + plain.dropFirst()
            for spelling in [plain, [0x20] + plain, capital, [0x20] + capital] {
                words[spelling] = Self.firstWord + UInt32(pieces.count)
                pieces.append(spelling)
            }
        }
        self.pieces = pieces
        self.words = words
        firstTriple = Self.firstWord + UInt32(pieces.count)
        firstPair = firstTriple + UInt32(Self.letters * Self.letters * Self.letters)
        firstSpaced = firstPair + UInt32(Self.letters * Self.letters)
        vocabularySize = firstSpaced + UInt32(Self.letters * Self.letters)
    }

    /// How many words there are, each in `spellings`.
    var wordCount: Int { pieces.count / Self.spellings }

    /// The id of a word in one spelling.
    func word(_ index: Int, spelling: Int) -> UInt32 { Self.firstWord + UInt32(index * Self.spellings + spelling) }

    static func byte(_ value: UInt8) -> UInt32 { firstByte + UInt32(value) }

    // MARK: Text to ids

    package func encode(_ text: String) -> [UInt32] {
        var ids: [UInt32] = []
        append(Array(text.utf8), to: &ids)
        return ids
    }

    /// Appends the ids of UTF-8 text.
    func append(_ text: [UInt8], to ids: inout [UInt32]) {
        var position = 0
        while position < text.count {
            let start = position
            var letter = position
            if text[letter] == 0x20, letter + 1 < text.count { letter += 1 }
            guard Self.isLetter(text[letter]) else {
                ids.append(Self.byte(text[start]))
                position += 1
                continue
            }
            var end = letter
            while end < text.count, Self.isLetter(text[end]) { end += 1 }
            if let word = words[Array(text[start..<end])] {
                ids.append(word)
            } else {
                appendGroups(text[start..<end], to: &ids)
            }
            position = end
        }
    }

    /// A word that is not known: groups of lower-case letters, other letters alone.
    private func appendGroups(_ word: ArraySlice<UInt8>, to ids: inout [UInt32]) {
        var rest = word
        while let first = rest.first {
            let lower = rest.dropFirst(first == 0x20 ? 1 : 0).prefix(first == 0x20 ? 2 : 3)
            let values = lower.prefix { $0 >= 0x61 }.map { UInt32($0 - 0x61) }
            let letters = UInt32(Self.letters)
            switch (first == 0x20, values.count) {
            case (true, 2): ids.append(firstSpaced + values[0] * letters + values[1])
            case (false, 3): ids.append(firstTriple + (values[0] * letters + values[1]) * letters + values[2])
            case (false, 2): ids.append(firstPair + values[0] * letters + values[1])
            default:
                ids.append(Self.byte(first))
                rest = rest.dropFirst()
                continue
            }
            rest = rest.dropFirst(values.count + (first == 0x20 ? 1 : 0))
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
    }

    // MARK: Ids to text

    package func decode(_ ids: some Sequence<UInt32>) -> String {
        var bytes: [UInt8] = []
        for id in ids { bytes.append(contentsOf: piece(id)) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes of one id; none for ids that stand for no text.
    func piece(_ id: UInt32) -> [UInt8] {
        let letters = UInt32(Self.letters)
        func letter(_ value: UInt32) -> UInt8 { UInt8(0x61 + value % letters) }
        switch id {
        case 0..<Self.firstByte: return []
        case ..<Self.firstWord: return [UInt8(id - Self.firstByte)]
        case ..<firstTriple: return pieces[Int(id - Self.firstWord)]
        case ..<firstPair:
            let value = id - firstTriple
            return [letter(value / letters / letters), letter(value / letters), letter(value)]
        case ..<firstSpaced: return [letter((id - firstPair) / letters), letter(id - firstPair)]
        case ..<vocabularySize: return [0x20, letter((id - firstSpaced) / letters), letter(id - firstSpaced)]
        default: return []
        }
    }
}
