import TestKit

/// Text of a seed that costs a tokenizer about what people's text does: prose, code, tables and a few other scripts, of
/// words whose frequencies fall with their rank and whose lengths grow with it.
struct GeneratedText {
    private static let wordCount = 20_000
    private static let identifierCount = 3_000
    private static let foreignWordCount = 1_000
    private static let onsets = ["", "", "b", "c", "d", "f", "h", "l", "m", "n", "p", "r", "s", "t", "w", "st", "th"]
    private static let vowels = ["a", "e", "i", "o", "u", "e", "a", "ea"]
    private static let codas = ["", "", "", "n", "r", "s", "t", "d", "ng"]
    private static let alphabets = ["абвгдежзиклмнопрстуя", "αβγδεζηθικλμνξοπρστυ", "日本語世界模型推理文字時間人大", "àéèüöñçßåø"]
        .map { $0.unicodeScalars.map(String.init) }

    private var random: SeededRandom
    private var words: [String] = []
    private var identifiers: [String] = []
    /// Of each other alphabet.
    private var foreignWords: [[String]] = []

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        var known: Set<String> = []
        while words.count < Self.wordCount {
            var word = ""
            let syllables = 1 + random.below(1 + words.count.bitWidth - words.count.leadingZeroBitCount) / 6
            for _ in 0..<syllables { word += pick(Self.onsets) + pick(Self.vowels) + pick(Self.codas) }
            if known.insert(word).inserted { words.append(word) }
        }
        for _ in 0..<Self.identifierCount {
            identifiers.append(word() + (random.chance(50) ? word().capitalizedFirst : "_" + word()))
        }
        for alphabet in Self.alphabets {
            foreignWords.append(
                (0..<Self.foreignWordCount).map { _ in (0..<2 + random.below(6)).map { _ in pick(alphabet) }.joined() })
        }
    }

    /// About `count` bytes, a little more.
    mutating func bytes(_ count: Int) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(count + 1_024)
        while text.count < count { text += paragraph().utf8 }
        return text
    }

    private mutating func paragraph() -> String {
        switch random.below(100) {
        case 0..<74: return (0..<1 + random.below(6)).map { _ in sentence() }.joined(separator: " ") + "\n\n"
        case 74..<92: return (0..<2 + random.below(8)).map { _ in codeLine() }.joined() + "\n"
        case 92..<96: return (0..<3).map { _ in tableLine() }.joined()
        default: return foreign() + "\n"
        }
    }

    private mutating func pick<T>(_ list: [T]) -> T { list[random.below(list.count)] }

    /// One of the words: twice the rank, half as often.
    private mutating func word() -> String {
        let octaves = Self.wordCount.bitWidth - Self.wordCount.leadingZeroBitCount
        let first = 1 << random.below(octaves)
        return words[min(first + random.below(first), Self.wordCount) - 1]
    }

    private mutating func sentence() -> String {
        let count = 4 + random.below(20)
        var text = ""
        for number in 0..<count {
            let word = word()
            text += number == 0 ? word.prefix(1).uppercased() + word.dropFirst() : word
            if number == count - 1 { break }
            switch random.below(60) {
            case 0..<4: text += ", "
            case 4: text += "'s "
            case 5: text += " (\(self.word())) "
            case 6: text += " \"\(self.word())\" "
            case 7: text += " \(random.below(2_100)) "
            default: text += number % 14 == 13 ? "\n" : " "
            }
        }
        return text + pick([".", ".", ".", "?", "!", ":"])
    }

    private mutating func codeLine() -> String {
        let indent = String(repeating: "    ", count: random.below(4))
        switch random.below(5) {
        case 0: return "\(indent)let \(oneOfFew(identifiers)) = \(word()).\(word())(\(random.below(300)))\n"
        case 1: return "\(indent)if \(oneOfFew(identifiers)) == \"\(word())\" {\n"
        case 2: return "\(indent)# \(sentence())\n"
        case 3: return "\(indent)return self.\(oneOfFew(identifiers))[\(word())] + \(random.below(64))\n"
        default: return "\(indent)}\n"
        }
    }

    private mutating func tableLine() -> String {
        "| \(word()) | \(random.below(100_000)) | \(random.below(100)).\(random.below(1_000)) ms |\n"
    }

    private mutating func foreign() -> String {
        let words = pick(foreignWords)
        return (0..<4 + random.below(12)).map { _ in oneOfFew(words) }.joined(separator: " ")
    }

    /// Those at the front most often.
    private mutating func oneOfFew(_ words: [String]) -> String { words[random.below(1 + random.below(words.count))] }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
