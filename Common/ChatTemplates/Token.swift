/// A piece of a template's text.
struct Token: Equatable {
    enum Kind: Equatable {
        /// Text that is printed as it stands.
        case text(Text)
        case outputBegin, outputEnd, blockBegin, blockEnd
        case name(String)
        case string(Text)
        case integer(Int)
        case float(Double)
        /// Operators and punctuation.
        case mark(String)
        case end
    }

    var kind: Kind
    var line: Int
}
