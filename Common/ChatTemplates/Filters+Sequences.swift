import OrderedCollections

extension Interpreter {
    func applySequence(_ name: String, to value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
        switch name {
        case "first", "last":
            guard arguments.isEmpty else { throw fault("'\(name)' takes no arguments") }
            return try end(name, of: value)
        case "join":
            let given = try arguments.bound(to: ["d", "attribute"], of: name, line: line)
            let separator = try given[0].map { value throws(TemplateError) in try text(of: value) } ?? .empty
            return .string(try joined(try pick(given[1], from: try elements(of: value)), separator))
        case "reverse":
            guard arguments.isEmpty else { throw fault("'reverse' takes no arguments") }
            if case .string(let text) = value {
                try spend(bytes: text.bytes.count)
                return .string(Text(text.characters.reversed().flatMap(\.bytes)))
            }
            if case .generator = value { return .list(try elements(of: value).reversed()) }
            return .generator(Value.Generator(try elements(of: value).reversed()))
        case "sum":
            let given = try arguments.bound(to: ["attribute", "start"], of: name, line: line)
            var sum = given[1] ?? .integer(0)
            if case .string = sum { throw fault("'sum' adds no texts") }
            for element in try pick(given[0], from: try elements(of: value)) { sum = try compute(sum, .add, element) }
            return sum
        case "min", "max": return try extreme(name, of: value, arguments)
        case "sort":
            let given = try arguments.bound(to: ["reverse", "case_sensitive", "attribute"], of: name, line: line)
            let elements = try elements(of: value)
            let keys = try folded(try pick(given[2], from: elements), isSensitive: given[1]?.isTrue ?? false)
            return .list(try sorted(keys, reverse: given[0]?.isTrue ?? false).map { elements[$0] })
        case "unique":
            let given = try arguments.bound(to: ["case_sensitive", "attribute"], of: name, line: line)
            let elements = try elements(of: value)
            let keys = try folded(try pick(given[1], from: elements), isSensitive: given[0]?.isTrue ?? false)
            var seen: Set<Value.Key> = []
            var kept: [Value] = []
            for (element, key) in zip(elements, keys) where seen.insert(try self.key(key)).inserted {
                kept.append(element)
            }
            return .generator(Value.Generator(kept))
        case "dictsort": return try sortedDictionary(value, arguments)
        default: return .generator(Value.Generator(try parts(name, of: value, arguments)))
        }
    }

    private func end(_ name: String, of value: Value) throws(TemplateError) -> Value {
        let empty = Value.undefined(Text("there is no \(name) item, the sequence is empty"))
        if case .generator(let generator) = value {
            guard name == "first" else { throw typeFault("'last'", value) }
            return generator.rest.popFirst() ?? empty
        }
        if case .string(let text) = value {
            guard !text.isEmpty else { return empty }
            return try item(.integer(name == "first" ? 0 : -1), of: value)
        }
        let elements = try elements(of: value)
        return (name == "first" ? elements.first : elements.last) ?? empty
    }

    private func joined(_ elements: [Value], _ separator: Text) throws(TemplateError) -> Text {
        var bytes: [UInt8] = []
        for (index, element) in elements.enumerated() {
            let piece = try text(of: element)
            try spend(bytes: piece.bytes.count + separator.bytes.count)
            try spend()
            if index > 0 { bytes.append(contentsOf: separator.bytes) }
            bytes.append(contentsOf: piece.bytes)
        }
        return Text(bytes)
    }

    /// The elements, or what each has under an attribute.
    private func pick(_ attribute: Value?, from elements: [Value]) throws(TemplateError) -> [Value] {
        guard let attribute else { return elements }
        if case .none = attribute { return elements }
        var picked: [Value] = []
        for element in elements { picked.append(try self.path(attribute, of: element)) }
        return picked
    }

    /// What stands under `a.b.0` of a value: elements first, as filters look things up.
    func path(_ attribute: Value, of value: Value) throws(TemplateError) -> Value {
        try spend()
        guard case .string(let text) = attribute else { return try item(attribute, of: value) }
        if text.contains(Text(",")) { throw unsupported("several attributes in a filter are not known here") }
        var current = value
        for part in text.split(by: Text("."), max: -1) {
            let name = part.string
            let isNumber = !part.isEmpty && part.isAll(\.isDigit)
            current = try item(isNumber ? .integer(Int(name) ?? 0) : .string(part), of: current)
        }
        return current
    }

    /// Keys to compare by: texts in lower case unless case counts.
    private func folded(_ keys: [Value], isSensitive: Bool) throws(TemplateError) -> [Value] {
        if isSensitive { return keys }
        var folded: [Value] = []
        for key in keys {
            if case .string(let text) = key {
                try spend(bytes: text.bytes.count)
                folded.append(.string(try cased(text.lowercased)))
            } else {
                folded.append(key)
            }
        }
        return folded
    }

    /// The places of keys in their order; equal ones keep theirs.
    func sorted(_ keys: [Value], reverse: Bool) throws(TemplateError) -> [Int] {
        var places = Array(keys.indices)
        var failure: TemplateError?
        places.sort { a, b in
            guard failure == nil else { return a < b }
            do throws(TemplateError) {
                let (left, right) = reverse ? (keys[b], keys[a]) : (keys[a], keys[b])
                if try precedes(left, right, "<") { return true }
                if try precedes(right, left, "<") { return false }
            } catch {
                failure = error
            }
            return a < b
        }
        if let failure { throw failure }
        return places
    }

    private func extreme(_ name: String, of value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
        let given = try arguments.bound(to: ["case_sensitive", "attribute"], of: name, line: line)
        let elements = try elements(of: value)
        guard !elements.isEmpty else { return .undefined(Text("there is no \(name) item, the sequence is empty")) }
        let keys = try folded(try pick(given[1], from: elements), isSensitive: given[0]?.isTrue ?? false)
        var best = 0
        for index in keys.indices.dropFirst() {
            let isBetter =
                name == "min" ? try precedes(keys[index], keys[best], "<") : try precedes(keys[best], keys[index], ">")
            if isBetter { best = index }
        }
        return elements[best]
    }

    private func sortedDictionary(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
        let given = try arguments.bound(to: ["case_sensitive", "by", "reverse"], of: "dictsort", line: line)
        guard case .dictionary(let members) = value else { throw typeFault("'dictsort'", value) }
        let by =
            try given[1].map { value throws(TemplateError) in try text(value, "'by' of 'dictsort'").string } ?? "key"
        guard by == "key" || by == "value" else { throw fault("'dictsort' sorts by key or value") }
        let entries = members.elements.map { ($0.key.value, $0.value) }
        let keys = try folded(entries.map { by == "key" ? $0.0 : $0.1 }, isSensitive: given[0]?.isTrue ?? false)
        return .list(
            try sorted(keys, reverse: given[2]?.isTrue ?? false).map { .tuple([entries[$0].0, entries[$0].1]) })
    }

    private func parts(_ name: String, of value: Value, _ arguments: CallValues) throws(TemplateError) -> [Value] {
        let given = try arguments.bound(
            to: [name == "batch" ? "linecount" : "slices", "fill_with"], of: name, line: line)
        guard let size = given[0]?.wholeNumber, size > 0 else { throw fault("'\(name)' needs a number") }
        guard name == "batch" else { throw unsupported("the filter 'slice' is not known here") }
        var parts: [Value] = []
        var rest = try elements(of: value)[...]
        while !rest.isEmpty {
            var part = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            if part.count < size, let fill = given[1], !isNone(fill) {
                try spend(size)
                part += Array(repeating: fill, count: size - part.count)
            }
            parts.append(.list(part))
        }
        return parts
    }

    private func isNone(_ value: Value) -> Bool { if case .none = value { true } else { false } }
}
