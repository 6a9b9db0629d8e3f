/// What depends on the kind of a code point, as Python's text does.
extension Text {
    /// The code point that starts at an index, and its length in bytes. The bytes are valid UTF-8.
    static func scalar(_ bytes: ArraySlice<UInt8>, at index: Int) -> (scalar: Unicode.Scalar, length: Int) {
        let lead = bytes[index]
        if lead < 0x80 { return (Unicode.Scalar(lead), 1) }
        let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
        var value = UInt32(lead) & (0xFF >> UInt32(length + 1))
        for offset in 1..<length where index + offset < bytes.endIndex {
            value = value << 6 | UInt32(bytes[index + offset] & 0x3F)
        }
        return (Unicode.Scalar(value) ?? "\u{FFFD}", length)
    }

    /// This text without characters of a set (white space when nil) at its start, its end or both.
    func trimmed(start: Bool, end: Bool, of set: Set<Unicode.Scalar>?) -> Text {
        var rest = bytes
        func isCut(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? scalar.isSpace }
        while start, !rest.isEmpty {
            let (scalar, length) = Text.scalar(rest, at: rest.startIndex)
            guard isCut(scalar) else { break }
            rest = rest.dropFirst(length)
        }
        while end, !rest.isEmpty {
            var index = rest.endIndex - 1
            while index > rest.startIndex, rest[index] & 0xC0 == 0x80 { index -= 1 }
            guard isCut(Text.scalar(rest, at: index).scalar) else { break }
            rest = rest[..<index]
        }
        return Text(rest)
    }

    /// The lines without (or with) their ends, by Python's set of line ends.
    func lines(keepingEnds: Bool) -> [Text] {
        var lines: [Text] = []
        var start = bytes.startIndex
        var index = start
        while index < bytes.endIndex {
            let (scalar, length) = Text.scalar(bytes, at: index)
            guard scalar.isLineEnd else {
                index += length
                continue
            }
            var next = index + length
            if scalar == "\r", next < bytes.endIndex, bytes[next] == 0x0A { next += 1 }
            lines.append(Text(bytes[start..<(keepingEnds ? next : index)]))
            start = next
            index = next
        }
        if start < bytes.endIndex { lines.append(Text(bytes[start...])) }
        return lines
    }

    var uppercased: Text { isASCII ? asciiMapped(UInt8(ascii: "a"), 0x20) : mapped(\.properties.uppercaseMapping) }
    /// Nil where a Greek capital sigma makes the form depend on its neighbours.
    var lowercased: Text? {
        if isASCII {
            return Text(bytes.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 })
        }
        return contains(Text("\u{3A3}")) ? nil : mapped(\.properties.lowercaseMapping)
    }

    private func asciiMapped(_ first: UInt8, _ distance: UInt8) -> Text {
        Text(bytes.map { $0 >= first && $0 < first + 26 ? $0 ^ distance : $0 })
    }

    private func mapped(_ mapping: (Unicode.Scalar) -> String) -> Text {
        Text(string.unicodeScalars.reduce(into: "") { $0 += mapping($1) })
    }

    /// The first character as a title's, the rest in lower case.
    var capitalized: Text? {
        guard !isEmpty else { return self }
        let (first, next) = character(at: bytes.startIndex)
        guard let rest = Text(bytes[next...]).lowercased else { return nil }
        return Text(first.mapped(\.properties.titlecaseMapping).bytes + rest.bytes)
    }

    /// Every run of cased characters as a title's word.
    var titled: Text? {
        guard !contains(Text("\u{3A3}")) else { return nil }
        var output = ""
        var isInside = false
        for scalar in string.unicodeScalars {
            output += isInside ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
            isInside = scalar.properties.isCased
        }
        return Text(output)
    }

    /// There is a cased character, and none of the other case.
    func isAllCased(upper: Bool) -> Bool {
        var hasCased = false
        for scalar in string.unicodeScalars {
            let isTitle = scalar.properties.generalCategory == .titlecaseLetter
            if isTitle || (upper ? scalar.properties.isLowercase : scalar.properties.isUppercase) { return false }
            hasCased = hasCased || (upper ? scalar.properties.isUppercase : scalar.properties.isLowercase)
        }
        return hasCased
    }

    func isAll(_ condition: (Unicode.Scalar) -> Bool) -> Bool {
        !isEmpty && string.unicodeScalars.allSatisfy(condition)
    }
}

extension Unicode.Scalar {
    /// White space to Python: Unicode's, with the four separators of ASCII.
    var isSpace: Bool {
        switch value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// Ends a line in Python's `splitlines`.
    var isLineEnd: Bool {
        switch value {
        case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    var isLetter: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    var isDecimal: Bool { properties.numericType == .decimal }
    var isDigit: Bool { properties.numericType == .decimal || properties.numericType == .digit }
    var isNumeric: Bool { properties.numericType != nil }

    /// Stands for itself in Python's `repr`.
    var isPrintable: Bool {
        if self == " " { return true }
        return switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default: true
        }
    }
}
