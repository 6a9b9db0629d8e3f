import OrderedCollections

/// Python's `str` and `repr`.
extension Interpreter {
    func write(_ value: Value) throws(TemplateError) {
        switch value {
        case .string(let text): try append(text)
        case .undefined: break
        default: try append(try text(of: value))
        }
    }

    /// `str(value)`.
    func text(of value: Value) throws(TemplateError) -> Text {
        switch value {
        case .undefined: return .empty
        case .string(let text): return text
        case .macro, .loop, .cycler, .function, .method, .generator, .namespace:
            throw unsupported("printing a \(value.typeName) is not known here")
        default:
            var bytes: [UInt8] = []
            try writeLiteral(value, into: &bytes)
            try spend(bytes: bytes.count)
            return Text(bytes)
        }
    }

    /// Appends `repr(value)`.
    private func writeLiteral(_ value: Value, into bytes: inout [UInt8]) throws(TemplateError) {
        try spend()
        switch value {
        case .undefined: bytes += Array("Undefined".utf8)
        case .none: bytes += Array("None".utf8)
        case .bool(let isTrue): bytes += Array((isTrue ? "True" : "False").utf8)
        case .integer(let number): bytes += Array(String(number).utf8)
        case .float(let number): bytes += Array(FloatText.of(number).utf8)
        case .string(let text):
            if text.isSafe { throw safeFault("the written form") }
            try spend(bytes: text.bytes.count)
            Interpreter.writeLiteral(text, into: &bytes)
        case .range(let range):
            let step = range.step == 1 ? "" : ", \(range.step)"
            bytes += Array("range(\(range.start), \(range.stop)\(step))".utf8)
        case .list(let elements): try writeLiterals(elements, "[", "]", into: &bytes)
        case .tuple(let elements): try writeLiterals(elements, "(", elements.count == 1 ? ",)" : ")", into: &bytes)
        case .view(let view): try writeLiterals(view.elements, "dict_\(view.name)([", "])", into: &bytes)
        case .dictionary(let members):
            bytes.append(UInt8(ascii: "{"))
            var isFirst = true
            for (key, member) in members {
                if !isFirst { bytes += Array(", ".utf8) }
                isFirst = false
                try writeNested(key.value, into: &bytes)
                bytes += Array(": ".utf8)
                try writeNested(member, into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        default: throw unsupported("printing a \(value.typeName) is not known here")
        }
    }

    private func writeNested(_ value: Value, into bytes: inout [UInt8]) throws(TemplateError) {
        try enter()
        defer { leave() }
        try writeLiteral(value, into: &bytes)
    }

    private func writeLiterals(
        _ elements: [Value], _ open: String, _ close: String, into bytes: inout [UInt8]
    ) throws(TemplateError) {
        bytes += Array(open.utf8)
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes += Array(", ".utf8) }
            try writeNested(element, into: &bytes)
        }
        bytes += Array(close.utf8)
    }

    /// In single quotes, or in double ones where only that saves escapes.
    private static func writeLiteral(_ text: Text, into bytes: inout [UInt8]) {
        let hasSingle = text.bytes.contains(UInt8(ascii: "'"))
        let quote: Unicode.Scalar = hasSingle && !text.bytes.contains(UInt8(ascii: "\"")) ? "\"" : "'"
        var output = String(Character(quote))
        for scalar in text.string.unicodeScalars {
            switch scalar {
            case "\\": output += "\\\\"
            case quote: output += "\\" + String(Character(quote))
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            default:
                if scalar.isPrintable { output.unicodeScalars.append(scalar) } else { output += escape(scalar) }
            }
        }
        bytes += Array(output.utf8)
        bytes += Array(String(Character(quote)).utf8)
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x1_0000 ? ("u", 4) : ("U", 8)
        let digits = String(scalar.value, radix: 16)
        return "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
    }
}
