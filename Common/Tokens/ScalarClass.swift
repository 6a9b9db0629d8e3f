/// What the splitting patterns ask about a scalar, as bits.
///
/// Categories are those of Unicode 16, which the engines' regular expressions know: scalars that came later have none.
enum ScalarClass {
    static let letter: UInt16 = 1
    static let number: UInt16 = 2
    static let space: UInt16 = 4
    static let mark: UInt16 = 8
    static let punctuation: UInt16 = 16
    static let symbol: UInt16 = 32
    static let newline: UInt16 = 64
    /// U+4E00–U+9FA5 and the two kana blocks U+3040–U+30FF.
    static let ideographOrKana: UInt16 = 128
    /// May change under canonical composition, or change what stands before it.
    static let composes: UInt16 = 256
    /// Lu or Lt.
    static let capital: UInt16 = 512
    /// Ll.
    static let small: UInt16 = 1024
    /// Nd or Pc, or one of the two joiners, or otherwise alphabetic: a word's character together with `mark`.
    static let word: UInt16 = 2048

    /// Scalars below it are in the table.
    static let tableEnd: UInt32 = 0x20000
    static let table: [UInt16] = (0..<tableEnd).map(computed)

    private static let newestMajor = 16

    @inline(__always) static func of(_ value: UInt32, _ table: Span<UInt16>) -> UInt16 {
        value < tableEnd ? table[Int(value)] : computed(value)
    }

    static func computed(_ value: UInt32) -> UInt16 {
        guard let scalar = Unicode.Scalar(value) else { return 0 }
        let properties = scalar.properties
        guard let age = properties.age, age.major <= newestMajor else { return 0 }
        var bits = category(scalar)
        if properties.isWhitespace { bits |= space }
        if value == 0x0A || value == 0x0D { bits |= newline }
        if (0x4E00...0x9FA5).contains(value) || (0x3040...0x30FF).contains(value) { bits |= ideographOrKana }
        if bits & mark != 0 || (0x1160...0x11FF).contains(value) || properties.isFullCompositionExclusion {
            bits |= composes
        }
        if properties.isAlphabetic || properties.isJoinControl { bits |= word }
        return bits
    }

    private static func category(_ scalar: Unicode.Scalar) -> UInt16 {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .titlecaseLetter: letter | capital
        // The expressions' tables still have this one letter as a small one.
        case .otherLetter where scalar.value == 0x295: letter | small
        case .lowercaseLetter: letter | small
        case .modifierLetter, .otherLetter: letter
        case .nonspacingMark, .spacingMark, .enclosingMark: mark
        case .decimalNumber: number | word
        case .letterNumber, .otherNumber: number
        case .connectorPunctuation: punctuation | word
        case .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation:
            punctuation
        case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: symbol
        default: 0
        }
    }
}
