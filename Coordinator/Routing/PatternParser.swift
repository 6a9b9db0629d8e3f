/// Reads RE2 syntax: what Go's `regexp` takes, without Unicode property classes.
struct PatternParser {
    /// Largest count in `{n,m}`, as RE2 has it.
    static let repeatMax = 1_000
    /// Levels of groups.
    static let depthMax = 100

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var foldsCase = false
    private var dotMatchesNewline = false
    private var isMultiline = false

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func parse() throws(PatternError) -> PatternNode {
        let node = try choice()
        guard position == scalars.count else { throw PatternError("unexpected ')' at character \(position)") }
        return node
    }

    private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        position += 1
        return true
    }

    private mutating func next() throws(PatternError) -> Unicode.Scalar {
        guard let scalar = peek else { throw PatternError("the pattern ends too early") }
        position += 1
        return scalar
    }

    private mutating func choice() throws(PatternError) -> PatternNode {
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(PatternError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = peek, scalar != "|", scalar != ")" {
            let node = try atom()
            nodes.append(try quantified(node))
        }
        return nodes.isEmpty ? .empty : nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func quantified(_ node: PatternNode) throws(PatternError) -> PatternNode {
        var node = node
        while let scalar = peek {
            switch scalar {
            case "*": node = .loop(node, minimum: 0, maximum: nil)
            case "+": node = .loop(node, minimum: 1, maximum: nil)
            case "?": node = .loop(node, minimum: 0, maximum: 1)
            case "{":
                guard let counts = try counts() else { return node }
                node = .loop(node, minimum: counts.0, maximum: counts.1)
                position -= 1
            default: return node
            }
            position += 1
            // Laziness changes what a group captures, never whether the pattern matches.
            _ = take("?")
        }
        return node
    }

    /// The counts of `{n}`, `{n,}` or `{n,m}`, past its brace; nil (and nothing read) when it is literal text.
    private mutating func counts() throws(PatternError) -> (Int, Int?)? {
        let start = position
        position += 1
        func number() -> Int? {
            var value: Int?
            while let scalar = peek, ("0"..."9").contains(scalar), (value ?? 0) <= Self.repeatMax {
                value = (value ?? 0) * 10 + Int(scalar.value - 0x30)
                position += 1
            }
            return value
        }
        guard let minimum = number() else {
            position = start
            return nil
        }
        var maximum: Int? = minimum
        if take(",") { maximum = number() }
        guard take("}") else {
            position = start
            return nil
        }
        guard minimum <= Self.repeatMax, maximum ?? 0 <= Self.repeatMax, minimum <= maximum ?? minimum else {
            throw PatternError("the repeat count at character \(start) is above \(Self.repeatMax) or reversed")
        }
        return (minimum, maximum)
    }

    private mutating func atom() throws(PatternError) -> PatternNode {
        let scalar = try next()
        switch scalar {
        case "(": return try group()
        case "[": return .scalars(try bracket())
        case ".": return .scalars(dotMatchesNewline ? .any : .notNewline)
        case "^": return isMultiline ? .lineStart : .textStart
        case "$": return isMultiline ? .lineEnd : .textEnd
        case "\\": return try escape()
        case "*", "+", "?": throw PatternError("nothing to repeat at character \(position - 1)")
        default: return literal(scalar)
        }
    }

    private func literal(_ scalar: Unicode.Scalar) -> PatternNode {
        let set = ScalarSet(ranges: [scalar.value...scalar.value])
        return .scalars(foldsCase ? set.foldingCase : set)
    }

    private mutating func group() throws(PatternError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else { throw PatternError("groups nest deeper than \(Self.depthMax)") }
        let flags = (foldsCase, dotMatchesNewline, isMultiline)
        if take("?") {
            if take("P") || peek == "<" {
                guard take("<") else { throw PatternError("a named group is written (?P<name>…)") }
                while try next() != ">" {}
            } else if try groupFlags() {
                // `(?i)` holds to the end of the group around it.
                return .empty
            }
        }
        let node = try choice()
        guard take(")") else { throw PatternError("a group is not closed") }
        (foldsCase, dotMatchesNewline, isMultiline) = flags
        return node
    }

    /// Reads `i`, `s`, `m`, `U` and `-` up to `:` or `)`; true for the latter.
    private mutating func groupFlags() throws(PatternError) -> Bool {
        var isOn = true
        while true {
            switch try next() {
            case "i": foldsCase = isOn
            case "s": dotMatchesNewline = isOn
            case "m": isMultiline = isOn
            case "U": break
            case "-": isOn = false
            case ":": return false
            case ")": return true
            default: throw PatternError("unknown group flag at character \(position - 1)")
            }
        }
    }

    private mutating func escape() throws(PatternError) -> PatternNode {
        let scalar = try next()
        switch scalar {
        case "b": return .wordBoundary(true)
        case "B": return .wordBoundary(false)
        case "A": return .textStart
        case "z": return .textEnd
        case "Q": return try quoted()
        default:
            if let set = Self.shorthand(scalar) { return .scalars(set) }
            return literal(try escaped(scalar))
        }
    }

    private mutating func quoted() throws(PatternError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = peek {
            position += 1
            if scalar == "\\", take("E") { break }
            nodes.append(literal(scalar))
        }
        return .sequence(nodes)
    }

    private static func shorthand(_ scalar: Unicode.Scalar) -> ScalarSet? {
        switch scalar {
        case "d": .digits
        case "D": ScalarSet(ranges: ScalarSet.digits.ranges, isNegated: true)
        case "w": .word
        case "W": ScalarSet(ranges: ScalarSet.word.ranges, isNegated: true)
        case "s": .space
        case "S": ScalarSet(ranges: ScalarSet.space.ranges, isNegated: true)
        default: nil
        }
    }

    /// The scalar that an escape stands for, past its first letter.
    private mutating func escaped(_ scalar: Unicode.Scalar) throws(PatternError) -> Unicode.Scalar {
        switch scalar {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "f": return "\u{0C}"
        case "v": return "\u{0B}"
        case "a": return "\u{07}"
        case "x":
            var digits = ""
            if take("{") {
                while let digit = peek, digit != "}", digits.count < 7 {
                    digits.unicodeScalars.append(digit)
                    position += 1
                }
                guard take("}") else { throw PatternError("\\x{ is not closed") }
            } else {
                for _ in 0..<2 { digits.unicodeScalars.append(try next()) }
            }
            guard let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) else {
                throw PatternError("\\x needs hexadecimal digits")
            }
            return scalar
        default:
            let isWord = ScalarSet.word.contains(scalar.value) && scalar != "_"
            guard !isWord else { throw PatternError("the escape \\\(scalar) is not supported") }
            return scalar
        }
    }

    private mutating func bracket() throws(PatternError) -> ScalarSet {
        var set = ScalarSet(ranges: [])
        let isNegated = take("^")
        var isFirst = true
        while true {
            var low = try next()
            if low == "]" && !isFirst { break }
            isFirst = false
            if low == "[", take(":") {
                set.ranges += try posixClass()
                continue
            }
            if low == "\\" {
                let letter = try next()
                if let shorthand = Self.shorthand(letter) {
                    set.ranges +=
                        shorthand.isNegated ? ScalarSet(ranges: shorthand.ranges).complement : shorthand.ranges
                    continue
                }
                low = letter == "b" ? "\u{08}" : try escaped(letter)
            }
            var high = low
            if peek == "-", position + 1 < scalars.count, scalars[position + 1] != "]" {
                position += 1
                high = try next()
                if high == "\\" { high = try escaped(try next()) }
            }
            guard low <= high else { throw PatternError("a range in [] is reversed") }
            set.ranges.append(low.value...high.value)
        }
        if foldsCase { set = set.foldingCase }
        set.isNegated = isNegated
        return set
    }

    private mutating func posixClass() throws(PatternError) -> [ClosedRange<UInt32>] {
        let isNegated = take("^")
        var name = ""
        while let scalar = peek, scalar != ":", name.count < 8 {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        guard take(":"), take("]") else { throw PatternError("a [:class:] is not closed") }
        let ranges: [String: [ClosedRange<UInt32>]] = [
            "alnum": [0x30...0x39, 0x41...0x5A, 0x61...0x7A], "alpha": [0x41...0x5A, 0x61...0x7A], "ascii": [0...0x7F],
            "blank": [0x09...0x09, 0x20...0x20], "cntrl": [0...0x1F, 0x7F...0x7F], "digit": [0x30...0x39],
            "graph": [0x21...0x7E], "lower": [0x61...0x7A], "print": [0x20...0x7E],
            "punct": [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E], "space": [0x09...0x0D, 0x20...0x20],
            "upper": [0x41...0x5A], "word": ScalarSet.word.ranges, "xdigit": [0x30...0x39, 0x41...0x46, 0x61...0x66],
        ]
        guard let found = ranges[name] else { throw PatternError("unknown class [:\(name):]") }
        return isNegated ? ScalarSet(ranges: found).complement : found
    }
}
