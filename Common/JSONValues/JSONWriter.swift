/// How a value is written.
package struct JSONStyle: Sendable {
    /// Members by key instead of in their own order; makes the text a canonical one to hash or to compare.
    package var sortsKeys: Bool
    /// Spaces a level, with a line for each member and element; nil for one line without spaces.
    package var indentation: Int?

    /// One line, members in their own order.
    package static let compact = JSONStyle(sortsKeys: false, indentation: nil)
    /// One line, members by key.
    package static let canonical = JSONStyle(sortsKeys: true, indentation: nil)
    /// For people.
    package static let pretty = JSONStyle(sortsKeys: false, indentation: 2)
}

extension JSONValue {
    /// The UTF-8 JSON text of this value.
    package func bytes(_ style: JSONStyle = .compact) -> [UInt8] {
        var output: [UInt8] = []
        write(into: &output, style: style)
        return output
    }

    /// The JSON text of this value.
    package func text(_ style: JSONStyle = .compact) -> String {
        String(decoding: bytes(style), as: UTF8.self)
    }

    /// Appends the UTF-8 JSON text of this value. A number that JSON cannot hold (NaN, infinity) is written as null.
    package func write(into output: inout [UInt8], style: JSONStyle = .compact, level: Int = 0) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): output.append(contentsOf: String(value).utf8)
        case .double(let value): output.append(contentsOf: (value.isFinite ? String(value) : "null").utf8)
        case .string(let text): JSONValue.write(string: text, into: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                JSONValue.breakLine(into: &output, style: style, level: level + 1)
                element.write(into: &output, style: style, level: level + 1)
            }
            if !elements.isEmpty { JSONValue.breakLine(into: &output, style: style, level: level) }
            output.append(UInt8(ascii: "]"))
        case .object(let object):
            write(object, into: &output, style: style, level: level)
        }
    }

    private func write(_ object: JSONObject, into output: inout [UInt8], style: JSONStyle, level: Int) {
        output.append(UInt8(ascii: "{"))
        let members = style.sortsKeys ? object.sorted { $0.key < $1.key } : Array(object)
        for (index, member) in members.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            JSONValue.breakLine(into: &output, style: style, level: level + 1)
            JSONValue.write(string: member.key, into: &output)
            output.append(UInt8(ascii: ":"))
            if style.indentation != nil { output.append(UInt8(ascii: " ")) }
            member.value.write(into: &output, style: style, level: level + 1)
        }
        if !object.isEmpty { JSONValue.breakLine(into: &output, style: style, level: level) }
        output.append(UInt8(ascii: "}"))
    }

    private static func breakLine(into output: inout [UInt8], style: JSONStyle, level: Int) {
        guard let indentation = style.indentation else { return }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: level * indentation))
    }

    /// Appends a string with its quotes; only what JSON requires is escaped.
    package static func write(string: String, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
            case 0x0A: output.append(contentsOf: "\\n".utf8)
            case 0x0D: output.append(contentsOf: "\\r".utf8)
            case 0x09: output.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                output.append(contentsOf: "\\u00".utf8)
                output.append(digits[Int(byte >> 4)])
                output.append(digits[Int(byte & 15)])
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
