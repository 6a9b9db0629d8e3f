import OrderedCollections

/// The filters. One whose name is not here ends the rendering.
extension Interpreter {
    func apply(_ name: String, to value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
        let isSafe = value.isSafe || arguments.positional.contains(where: \.isSafe)
        if isSafe || arguments.named.contains(where: { $0.value.isSafe }) { try checkTakesSafe(name) }
        switch name {
        case "tojson": return try json(value, arguments)
        case "safe":
            var text = try text(of: value, plain(name, arguments))
            text.isSafe = true
            return .string(text)
        case "default", "d":
            let given = try arguments.bound(to: ["default_value", "boolean"], of: name, line: line)
            if case .undefined = value { return given[0] ?? .string(.empty) }
            return given[1]?.isTrue ?? false && !value.isTrue ? given[0] ?? .string(.empty) : value
        case "length", "count": return .integer(try length(of: value, plain(name, arguments)))
        case "string": return .string(try text(of: value, plain(name, arguments)))
        case "list": return .list(try listed(value, plain(name, arguments)))
        case "items": return try items(value, plain(name, arguments))
        case "int", "float", "abs", "round": return try applyNumber(name, to: value, arguments)
        case "first", "last", "join", "reverse", "sum", "min", "max", "sort", "unique", "dictsort", "batch", "slice":
            return try applySequence(name, to: value, arguments)
        case "map", "select", "reject", "selectattr", "rejectattr": return try applyEach(name, to: value, arguments)
        default: return try applyText(name, to: value, arguments)
        }
    }

    /// Throws for a filter that may do something else with a text marked by `safe` than with another.
    private func checkTakesSafe(_ filter: String) throws(TemplateError) {
        guard ["safe", "tojson", "string", "default", "d", "length", "count"].contains(filter) else {
            throw unsupported("the filter '\(filter)' of a text marked by 'safe' is not known here")
        }
    }

    /// Marks that a filter takes no arguments.
    private func plain(_ name: String, _ arguments: CallValues) throws(TemplateError) {
        guard arguments.isEmpty else { throw fault("the filter '\(name)' takes no arguments") }
    }

    private func text(of value: Value, _: Void) throws(TemplateError) -> Text { try text(of: value) }
    private func listed(_ value: Value, _: Void) throws(TemplateError) -> [Value] { try elements(of: value) }

    private func length(of value: Value, _: Void) throws(TemplateError) -> Int {
        switch value {
        case .undefined: return 0
        case .string(let text):
            try spend(reading: text)
            return text.count
        case .list(let elements), .tuple(let elements): return elements.count
        case .dictionary(let members): return members.count
        case .range(let range): return range.count
        case .view(let view): return view.elements.count
        case .loop(let loop): return try count(of: loop)
        default: throw typeFault("'length'", value)
        }
    }

    private func items(_ value: Value, _: Void) throws(TemplateError) -> Value {
        switch value {
        case .undefined: return .generator(Value.Generator([]))
        case .dictionary(let members):
            try spend(members.count)
            return .generator(Value.Generator(members.map { .tuple([$0.key.value, $0.value]) }))
        default: throw typeFault("'items'", value)
        }
    }

    private func applyText(_ name: String, to value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
        switch name {
        case "trim", "upper", "lower", "capitalize", "title", "replace", "indent", "center", "wordcount": break
        default: throw unsupported("the filter '\(name)' is not known here")
        }
        if name == "indent" { return .string(try indented(try text(value, "a text to indent"), arguments)) }
        let text = try text(of: value)
        try spend(bytes: text.bytes.count)
        switch name {
        case "trim":
            let set = try characters(try arguments.bound(to: ["chars"], of: name, line: line)[0])
            return .string(text.trimmed(start: true, end: true, of: set))
        case "replace":
            let given = try arguments.bound(to: ["old", "new", "count"], of: name, line: line)
            guard let old = given[0], let new = given[1] else { throw fault("'replace' takes two texts") }
            let max = given[2]?.wholeNumber ?? -1
            return .string(try replaced(text, self.text(of: old), self.text(of: new), max: max))
        case "center":
            let width = try arguments.bound(to: ["width"], of: name, line: line)[0]?.wholeNumber ?? 80
            return .string(try justified(text, "center", width: width, fill: Text(" ")))
        default: break
        }
        try plain(name, arguments)
        switch name {
        case "upper": return .string(text.uppercased)
        case "lower": return .string(try cased(text.lowercased))
        case "capitalize": return .string(try cased(text.capitalized))
        case "title": return .string(try titled(text))
        default: throw unsupported("the filter '\(name)' is not known here")
        }
    }

    /// Words start after white space, a dash or an opening bracket; their rest is in lower case.
    private func titled(_ text: Text) throws(TemplateError) -> Text {
        var output: [UInt8] = []
        var isStart = true
        for character in text.characters {
            let scalar = Text.scalar(character.bytes, at: character.bytes.startIndex).scalar
            output += isStart ? character.uppercased.bytes : try cased(character.lowercased).bytes
            isStart = scalar.isSpace || "-({[<".unicodeScalars.contains(scalar)
        }
        return Text(output)
    }

    private func indented(_ text: Text, _ arguments: CallValues) throws(TemplateError) -> Text {
        let given = try arguments.bound(to: ["width", "first", "blank"], of: "indent", line: line)
        var indentation = Text("    ")
        switch given[0] {
        case nil: break
        case .string(let text): indentation = text
        case let other?:
            guard let width = other.wholeNumber else { throw typeFault("'indent'", other) }
            guard width <= 1024 else { throw unsupported("'indent' beyond 1024") }
            indentation = Text(Array(repeating: 0x20, count: max(width, 0)))
        }
        let lines = Text(text.bytes + [0x0A]).lines(keepingEnds: false)
        try spend(bytes: lines.count * (indentation.bytes.count + 1))
        var output: [UInt8] = []
        for (index, line) in lines.enumerated() {
            if index > 0 { output.append(0x0A) }
            let isIndented = index == 0 ? given[1]?.isTrue ?? false : given[2]?.isTrue ?? false || !line.isEmpty
            if isIndented { output += indentation.bytes }
            output += line.bytes
        }
        return Text(output)
    }
}
