/// Reads one JSON value; the limit on nesting is the only one, as memory follows the file's length.
struct FileParser {
    static let depthMax = 32

    private let bytes: [UInt8]
    private var at = 0
    private(set) var arena: [UInt8] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        arena.reserveCapacity(bytes.count)
    }

    mutating func document() throws(TokenizerError) -> FileTree.Node {
        let value = try value(depth: 0)
        skipSpace()
        guard at == bytes.count else { throw fault("more text follows the value") }
        return value
    }

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private func fault(_ what: String) -> TokenizerError {
        TokenizerError("the tokenizer's file is not JSON: \(what) at byte \(at)")
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private mutating func value(depth: Int) throws(TokenizerError) -> FileTree.Node {
        guard depth < Self.depthMax else { throw fault("values nest deeper than \(Self.depthMax)") }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try members(depth)
        case UInt8(ascii: "["): return try list(depth)
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ node: FileTree.Node) throws(TokenizerError) -> FileTree.Node {
        let expected = word.description.utf8
        guard bytes[at...].starts(with: expected) else { throw fault("an unknown word stands") }
        at += expected.count
        return node
    }

    private mutating func number() throws(TokenizerError) -> FileTree.Node {
        let start = at
        while let byte = peek, "+-.eE0123456789".utf8.contains(byte) { at += 1 }
        guard at > start else { throw fault("a value is missing") }
        return .number(Int(String(decoding: bytes[start..<at], as: UTF8.self)))
    }

    private mutating func list(_ depth: Int) throws(TokenizerError) -> FileTree.Node {
        at += 1
        var elements: [FileTree.Node] = []
        skipSpace()
        if peek == UInt8(ascii: "]") {
            at += 1
            return .list(elements)
        }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            let byte = peek
            at += 1
            if byte == UInt8(ascii: "]") { return .list(elements) }
            guard byte == UInt8(ascii: ",") else { throw fault("a list does not go on") }
        }
    }

    private mutating func members(_ depth: Int) throws(TokenizerError) -> FileTree.Node {
        at += 1
        var members: [(name: Range<Int>, value: FileTree.Node)] = []
        skipSpace()
        if peek == UInt8(ascii: "}") {
            at += 1
            return .members(members)
        }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw fault("a member has no name") }
            let name = try text()
            skipSpace()
            guard peek == UInt8(ascii: ":") else { throw fault("a member has no value") }
            at += 1
            members.append((name, try value(depth: depth + 1)))
            skipSpace()
            let byte = peek
            at += 1
            if byte == UInt8(ascii: "}") { return .members(members) }
            guard byte == UInt8(ascii: ",") else { throw fault("an object does not go on") }
        }
    }

    private mutating func text() throws(TokenizerError) -> Range<Int> {
        at += 1
        let start = arena.count
        while let byte = peek {
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return start..<arena.count
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw fault("a control character stands in a text")
            default: arena.append(byte)
            }
        }
        throw fault("a text does not end")
    }

    private mutating func escape() throws(TokenizerError) {
        let byte = peek
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): arena.append(byte ?? 0)
        case UInt8(ascii: "b"): arena.append(0x08)
        case UInt8(ascii: "f"): arena.append(0x0C)
        case UInt8(ascii: "n"): arena.append(0x0A)
        case UInt8(ascii: "r"): arena.append(0x0D)
        case UInt8(ascii: "t"): arena.append(0x09)
        case UInt8(ascii: "u"): arena.append(contentsOf: String(try escapedScalar()).utf8)
        default: throw fault("an unknown escape stands")
        }
    }

    private mutating func escapedScalar() throws(TokenizerError) -> Unicode.Scalar {
        let unit = try hexadecimal()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, bytes[at...].starts(with: "\\u".utf8) else { throw fault("half a surrogate pair stands") }
        at += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low),
            let scalar = Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
        else { throw fault("half a surrogate pair stands") }
        return scalar
    }

    private mutating func hexadecimal() throws(TokenizerError) -> UInt32 {
        guard at + 4 <= bytes.count, let value = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
        else { throw fault("an escape is cut short") }
        at += 4
        return value
    }
}
