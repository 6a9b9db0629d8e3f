extension JSONValue {
    /// Where a member that is a list of objects is in `text`, and where each of them, without reading any.
    ///
    /// Nil where the text is not an object with one such member, or its names are not written plainly. What is found is
    /// right if the text is JSON, which is not checked: it is when it can be read with an empty list in the list's
    /// place, and each element can be read by itself.
    package static func elements(
        of name: String, in text: [UInt8]
    ) -> (list: Range<Int>, elements: [Range<Int>])? {
        var parser = JSONParser(bytes: text)
        return parser.elements(of: Array(name.utf8))
    }
}

extension JSONParser {
    fileprivate mutating func elements(of name: [UInt8]) -> (list: Range<Int>, elements: [Range<Int>])? {
        var found: (list: Range<Int>, elements: [Range<Int>])?
        skipSpace()
        guard take("{") else { return nil }
        while true {
            skipSpace()
            let start = position + 1
            guard peek == UInt8(ascii: "\""), passText() else { return nil }
            let key = bytes[start..<position - 1]
            skipSpace()
            guard !key.contains(UInt8(ascii: "\\")), take(":") else { return nil }
            skipSpace()
            if key.elementsEqual(name) {
                guard found == nil, let list = objects() else { return nil }
                found = list
            } else if !passValue() {
                return nil
            }
            skipSpace()
            if take("}") { return found }
            guard take(",") else { return nil }
        }
    }

    /// The places of the elements of a list of objects, and its own.
    private mutating func objects() -> (list: Range<Int>, elements: [Range<Int>])? {
        let start = position
        guard take("[") else { return nil }
        var elements: [Range<Int>] = []
        while true {
            skipSpace()
            let first = position
            guard peek == UInt8(ascii: "{"), passValue() else { return nil }
            elements.append(first..<position)
            skipSpace()
            if take("]") { return (start..<position, elements) }
            guard take(",") else { return nil }
        }
    }

    /// Goes past a value: a text, brackets with all in them, or the bytes of a word or number.
    private mutating func passValue() -> Bool {
        var depth = 0
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                guard passText() else { return false }
                if depth == 0 { return true }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return true }
                depth -= 1
                position += 1
                if depth == 0 { return true }
            case UInt8(ascii: ",") where depth == 0: return true
            default: position += 1
            }
        }
        return false
    }

    /// Goes past a text from its opening quote.
    private mutating func passText() -> Bool {
        position += 1
        while true {
            skipPlain()
            switch peek {
            case UInt8(ascii: "\""):
                position += 1
                return true
            case UInt8(ascii: "\\"): position += 2
            case nil: return false
            // A control character, which reading refuses.
            default: position += 1
            }
        }
    }
}
