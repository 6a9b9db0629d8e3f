/// One reply of Redis (RESP2).
package enum RESPValue: Sendable, Hashable {
    case text([UInt8])
    /// What Redis says is wrong, its code first.
    case error(String)
    case integer(Int)
    case array([RESPValue])
    case null

    /// The text of a simple or bulk string.
    package var string: String? {
        if case .text(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
    }

    package var integer: Int? {
        if case .integer(let value) = self { value } else { nil }
    }
}

/// Bytes that are no RESP2.
package struct RESPFault: Error, Sendable, Hashable {
    package var reason: String
}

/// Reads replies off the bytes of a connection.
package enum RESPReader {
    /// Bytes of one string; more is a fault.
    package static let textBytesMax = 1_048_576
    /// Elements of one array; more is a fault.
    package static let elementsMax = 65_536
    /// Levels of arrays; more is a fault.
    package static let depthMax = 8
    private static let lineBytesMax = 4_096

    /// The reply that begins at `position`, which is after it then; nil when more bytes are needed.
    package static func next(in bytes: Span<UInt8>, from position: inout Int) throws(RESPFault) -> RESPValue? {
        var cursor = position
        guard let value = try value(bytes, &cursor, depth: 0) else { return nil }
        position = cursor
        return value
    }

    private static func value(_ bytes: Span<UInt8>, _ position: inout Int, depth: Int) throws(RESPFault) -> RESPValue? {
        guard depth < depthMax else { throw RESPFault(reason: "arrays nest too deeply") }
        guard position < bytes.count else { return nil }
        let type = bytes[position]
        guard let line = try line(bytes, &position) else { return nil }
        switch type {
        case UInt8(ascii: "+"): return .text(line)
        case UInt8(ascii: "-"): return .error(String(decoding: line, as: UTF8.self))
        case UInt8(ascii: ":"): return .integer(try number(line))
        case UInt8(ascii: "$"):
            let count = try number(line)
            if count == -1 { return .null }
            guard (0...textBytesMax).contains(count) else { throw RESPFault(reason: "a string is too long") }
            guard position + count + 2 <= bytes.count else { return nil }
            guard bytes[position + count] == 0x0D, bytes[position + count + 1] == 0x0A else {
                throw RESPFault(reason: "a string does not end where it should")
            }
            defer { position += count + 2 }
            return .text((position..<position + count).map { bytes[$0] })
        case UInt8(ascii: "*"):
            let count = try number(line)
            if count == -1 { return .null }
            guard (0...elementsMax).contains(count) else { throw RESPFault(reason: "an array is too long") }
            var elements: [RESPValue] = []
            for _ in 0..<count {
                guard let element = try value(bytes, &position, depth: depth + 1) else { return nil }
                elements.append(element)
            }
            return .array(elements)
        default: throw RESPFault(reason: "a reply begins with byte \(type)")
        }
    }

    /// The rest of the line after its first byte.
    private static func line(_ bytes: Span<UInt8>, _ position: inout Int) throws(RESPFault) -> [UInt8]? {
        var end = position + 1
        while end + 1 < bytes.count {
            if bytes[end] == 0x0D, bytes[end + 1] == 0x0A {
                let line = (position + 1..<end).map { bytes[$0] }
                position = end + 2
                return line
            }
            end += 1
            guard end - position <= lineBytesMax else { throw RESPFault(reason: "a line is too long") }
        }
        return nil
    }

    private static func number(_ line: [UInt8]) throws(RESPFault) -> Int {
        guard let value = Int(String(decoding: line, as: UTF8.self)) else {
            throw RESPFault(reason: "a count is no number")
        }
        return value
    }
}

/// Commands as Redis reads them.
enum RESPWriter {
    /// An array of bulk strings.
    static func command(_ words: [String]) -> [UInt8] {
        var output = Array("*\(words.count)\r\n".utf8)
        for word in words {
            output += Array("$\(word.utf8.count)\r\n".utf8)
            output += Array(word.utf8)
            output += [0x0D, 0x0A]
        }
        return output
    }
}
