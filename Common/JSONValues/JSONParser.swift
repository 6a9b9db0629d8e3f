import OrderedCollections

/// Why a text is not JSON: what was wrong, and where.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    package var message: String
    /// Bytes from the start of the text to the fault.
    package var offset: Int
    /// Line of the fault, from 1.
    package var line: Int
    /// Byte column of the fault in its line, from 1.
    package var column: Int

    package init(message: String, offset: Int, line: Int, column: Int) {
        self.message = message
        self.offset = offset
        self.line = line
        self.column = column
    }

    package var description: String { "\(message) at line \(line), column \(column)" }
}

extension JSONValue {
    /// Values nested deeper than this are refused.
    package static let depthMax = 512

    /// Parses exactly one JSON value (RFC 8259), white space around it allowed.
    ///
    /// Of a repeated member the last value stands. Throws on anything else: trailing text, bad UTF-8, a nesting of more
    /// than `depthMax`, names of one object that differ only in how a character is composed.
    package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes: bytes)
        return try parser.document()
    }

    /// Parses exactly one JSON value from a text.
    package static func parse(_ text: String) throws(JSONError) -> JSONValue {
        try parse(Array(text.utf8))
    }
}

/// A recursive-descent reader over one array of bytes.
struct JSONParser {
    let bytes: [UInt8]
    var position = 0
    var depth = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONError) -> JSONValue {
        skipSpace()
        let value = try value()
        skipSpace()
        if position < bytes.count { throw fault("unexpected text after the JSON value") }
        return value
    }

    func fault(_ message: String) -> JSONError {
        var line = 1
        var column = 1
        for byte in bytes.prefix(position) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
        return JSONError(message: message, offset: position, line: line, column: column)
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        guard position < bytes.count else { throw fault("the JSON text ends where a value is expected") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(JSONError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw fault("a value is expected")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONError) -> JSONValue
    ) throws(JSONError) -> JSONValue {
        depth += 1
        if depth > JSONValue.depthMax { throw fault("values are nested more than \(JSONValue.depthMax) deep") }
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        position += 1
        var members = JSONObject()
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw fault("a member name in double quotes is expected") }
            let key = try string()
            skipSpace()
            guard take(":") else { throw fault("':' is expected after a member name") }
            skipSpace()
            if members.members.updateValue(try value(), forKey: key) != nil { try checkRepeated(key, in: members) }
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw fault("',' or '}' is expected in an object") }
        }
    }

    /// Names that look the same but are written with other code points are one name here and two elsewhere.
    private func checkRepeated(_ key: String, in members: JSONObject) throws(JSONError) {
        guard let index = members.members.index(forKey: key) else { return }
        if !members.members.keys[index].utf8.elementsEqual(key.utf8) {
            throw fault("two members of an object have names that look the same")
        }
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(elements) }
        while true {
            skipSpace()
            elements.append(try value())
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw fault("',' or ']' is expected in an array") }
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let expected = Array(text.description.utf8)
        guard bytes[position...].starts(with: expected) else { throw fault("a value is expected") }
        position += expected.count
        return value
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        _ = take("-")
        guard let first = peek, isDigit(first) else { throw fault("a digit is expected in a number") }
        skipDigits()
        if first == UInt8(ascii: "0"), position - start > (bytes[start] == UInt8(ascii: "-") ? 2 : 1) {
            throw fault("a number may not start with 0")
        }
        var isWhole = true
        if take(".") {
            isWhole = false
            guard let digit = peek, isDigit(digit) else { throw fault("a digit is expected after '.'") }
            skipDigits()
        }
        if take("e") || take("E") {
            isWhole = false
            _ = take("+") || take("-")
            guard let digit = peek, isDigit(digit) else { throw fault("a digit is expected in an exponent") }
            skipDigits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw fault("the number \(text) is out of range") }
        return .double(value)
    }

    // MARK: Bytes

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func skipDigits() {
        while let byte = peek, isDigit(byte) { position += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
