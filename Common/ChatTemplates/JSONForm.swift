import OrderedCollections

/// How the filter `tojson` writes: Python's `json.dumps`, as the engine calls it.
struct JSONForm {
    var escapesNonASCII = false
    /// What each level is indented by; nil for one line.
    var indentation: Text?
    var itemSeparator = Text(", ")
    var keySeparator = Text(": ")
    var sortsKeys = false
}

extension Interpreter {
    func json(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
        let names = ["ensure_ascii", "indent", "separators", "sort_keys"]
        let given = try arguments.bound(to: names, of: "tojson", line: line)
        var form = JSONForm()
        form.escapesNonASCII = given[0]?.isTrue ?? false
        switch given[1] ?? .none {
        case .none: break
        case .string(let text): form.indentation = text
        case let other:
            guard let width = other.wholeNumber else { throw typeFault("'indent' of 'tojson'", other) }
            guard width <= 64 else { throw unsupported("'tojson' with an indent beyond 64") }
            form.indentation = Text(Array(repeating: 0x20, count: max(width, 0)))
        }
        if form.indentation != nil { form.itemSeparator = Text(",") }
        switch given[2] ?? .none {
        case .none: break
        case .tuple(let pair), .list(let pair):
            guard pair.count == 2, case .string(let item) = pair[0], case .string(let key) = pair[1] else {
                throw fault("'separators' of 'tojson' are two texts")
            }
            (form.itemSeparator, form.keySeparator) = (item, key)
        case let other: throw typeFault("'separators' of 'tojson'", other)
        }
        form.sortsKeys = given[3]?.isTrue ?? false
        var bytes: [UInt8] = []
        try writeJSON(value, form, level: 0, into: &bytes)
        try spend(bytes: bytes.count)
        return .string(Text(bytes))
    }

    private func writeJSON(
        _ value: Value, _ form: JSONForm, level: Int, into bytes: inout [UInt8]
    ) throws(TemplateError) {
        try enter()
        defer { leave() }
        try spend()
        switch value {
        case .none: bytes.append(contentsOf: "null".utf8)
        case .bool(let isTrue): bytes.append(contentsOf: (isTrue ? "true" : "false").utf8)
        case .integer(let number): bytes.append(contentsOf: String(number).utf8)
        case .float(let number): bytes.append(contentsOf: Interpreter.jsonNumber(number).utf8)
        case .string(let text):
            try spend(bytes: text.bytes.count)
            Interpreter.writeJSON(text, form, into: &bytes)
        case .list(let elements), .tuple(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(contentsOf: form.itemSeparator.bytes) }
                try breakLine(form, level: level + 1, into: &bytes)
                try writeJSON(element, form, level: level + 1, into: &bytes)
            }
            if !elements.isEmpty { try breakLine(form, level: level, into: &bytes) }
            bytes.append(UInt8(ascii: "]"))
        case .dictionary(let members): try writeJSON(members, form, level: level, into: &bytes)
        default: throw fault("a \(value.typeName) cannot be written as JSON")
        }
    }

    private func writeJSON(
        _ members: Value.Dictionary, _ form: JSONForm, level: Int, into bytes: inout [UInt8]
    ) throws(TemplateError) {
        var entries = members.elements.map { ($0.key, $0.value) }
        if form.sortsKeys { try sort(&entries) }
        bytes.append(UInt8(ascii: "{"))
        for (index, entry) in entries.enumerated() {
            if index > 0 { bytes.append(contentsOf: form.itemSeparator.bytes) }
            try breakLine(form, level: level + 1, into: &bytes)
            switch entry.0 {
            case .string(let text): Interpreter.writeJSON(text, form, into: &bytes)
            case .none: bytes.append(contentsOf: "\"null\"".utf8)
            case .integer(let number): bytes.append(contentsOf: "\"\(number)\"".utf8)
            case .number(let number): bytes.append(contentsOf: "\"\(Interpreter.jsonNumber(number))\"".utf8)
            }
            bytes.append(contentsOf: form.keySeparator.bytes)
            try writeJSON(entry.1, form, level: level + 1, into: &bytes)
        }
        if !entries.isEmpty { try breakLine(form, level: level, into: &bytes) }
        bytes.append(UInt8(ascii: "}"))
    }

    private func sort(_ entries: inout [(Value.Key, Value)]) throws(TemplateError) {
        let keyed = entries.map { (key: $0.0.value, value: $0) }
        let keys = try sorted(keyed.map(\.key), reverse: false)
        entries = keys.map { keyed[$0].value }
    }

    private func breakLine(_ form: JSONForm, level: Int, into bytes: inout [UInt8]) throws(TemplateError) {
        guard let indentation = form.indentation else { return }
        try spend(bytes: 1 + level * indentation.bytes.count)
        bytes.append(0x0A)
        for _ in 0..<level { bytes.append(contentsOf: indentation.bytes) }
    }

    private static func jsonNumber(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        return FloatText.of(number)
    }

    private static func writeJSON(_ text: Text, _ form: JSONForm, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var start = text.bytes.startIndex
        var index = start
        while index < text.bytes.endIndex {
            let byte = text.bytes[index]
            let isPlain = byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            if isPlain, byte < 0x7F || !form.escapesNonASCII {
                index += 1
                continue
            }
            bytes.append(contentsOf: text.bytes[start..<index])
            let (scalar, length) = Text.scalar(text.bytes, at: index)
            bytes.append(contentsOf: escape(scalar).utf8)
            index += length
            start = index
        }
        bytes.append(contentsOf: text.bytes[start...])
        bytes.append(UInt8(ascii: "\""))
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": "\\\""
        case "\\": "\\\\"
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        case "\u{8}": "\\b"
        case "\u{C}": "\\f"
        default:
            String(scalar).utf16.reduce(into: "") { text, unit in
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
    }
}
