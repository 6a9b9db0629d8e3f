import OrderedCollections

extension Interpreter {
    /// `value.name`: a method or member of the value first, then the element under that name.
    func attribute(_ name: String, of value: Value) throws(TemplateError) -> Value {
        if name.hasPrefix("_") { throw unsupported("the attribute '\(name)' is not known here") }
        switch value {
        case .undefined(let what): throw undefinedFault(what)
        case .dictionary(let members):
            if Interpreter.dictionaryMethods.contains(name) { return .method(name) }
            return members[.text(name)] ?? missing(name, of: value)
        case .namespace(let space): return space.members[.text(name)] ?? missing(name, of: value)
        case .string: return Interpreter.textMethods.contains(name) ? .method(name) : missing(name, of: value)
        case .list, .tuple: return Interpreter.listMethods.contains(name) ? .method(name) : missing(name, of: value)
        case .loop(let loop):
            if let member = try member(name, of: loop) { return member }
            if name == "cycle" || name == "changed" { return .method(name) }
            throw unsupported("'loop.\(name)' is not known here")
        case .cycler(let cycler) where !cycler.isJoiner && name == "current":
            return cycler.items[cycler.position % cycler.items.count]
        case .cycler where name == "next" || name == "reset": return .method(name)
        case .none: return missing(name, of: value)
        case .bool, .integer, .float:
            let members: Set = ["real", "imag", "numerator", "denominator", "conjugate", "hex", "fromhex"]
            if members.contains(name) || name.contains("_") { break }
            return missing(name, of: value)
        default: break
        }
        throw unsupported("the attribute '\(name)' of a \(value.typeName) is not known here")
    }

    private func missing(_ name: String, of value: Value) -> Value {
        .undefined(Text("'\(value.typeName) object' has no attribute '\(name)'"))
    }

    func item(_ operand: Expression, _ index: Expression, in scope: Scope) throws(TemplateError) -> Value {
        let value = try evaluate(operand, in: scope)
        return try item(try evaluate(index, in: scope), of: value)
    }

    /// `value[index]`: the element first, then (for a text) the attribute of that name.
    func item(_ index: Value, of value: Value) throws(TemplateError) -> Value {
        switch value {
        case .undefined(let what): throw undefinedFault(what)
        case .dictionary(let members):
            switch index {
            case .undefined, .tuple: return .undefined(Text("a dict has no such element"))
            case .list, .dictionary: return .undefined(Text("a dict has no such element"))
            case .bool(let isTrue): return members[.integer(isTrue ? 1 : 0)] ?? missingItem(value)
            default: break
            }
            if let member = members[try key(index)] { return member }
        case .list(let elements), .tuple(let elements):
            if let position = index.wholeNumber { return element(position, elements.count) { elements[$0] } }
        case .range(let range):
            if let position = index.wholeNumber {
                return element(position, range.count) { .integer(range.start + $0 * range.step) }
            }
        case .string(let text):
            if let position = index.wholeNumber { return try character(position, of: text) }
        default: break
        }
        if case .string(let name) = index { return try attribute(name.string, of: value) }
        return missingItem(value)
    }

    private func missingItem(_ value: Value) -> Value { .undefined(Text("a \(value.typeName) has no such element")) }

    private func element(_ position: Int, _ count: Int, _ get: (Int) -> Value) -> Value {
        let index = position < 0 ? position + count : position
        return index >= 0 && index < count ? get(index) : .undefined(Text("there is no element \(position)"))
    }

    private func character(_ position: Int, of text: Text) throws(TemplateError) -> Value {
        if text.isSafe { throw safeFault("a character") }
        try spend(reading: text)
        let isASCII = text.isASCII
        let count = isASCII ? text.bytes.count : text.count
        let index = position < 0 ? position + count : position
        guard index >= 0, index < count else { return .undefined(Text("there is no character \(position)")) }
        return .string(text.character(at: text.index(of: index, isASCII: isASCII)).text)
    }

    func slice(_ operand: Expression, _ bounds: SliceBounds, in scope: Scope) throws(TemplateError) -> Value {
        let value = try evaluate(operand, in: scope)
        var parts: [Int?] = []
        for bound in [bounds.start, bounds.stop, bounds.step] {
            let part = try bound.map { bound throws(TemplateError) in try evaluate(bound, in: scope) } ?? .none
            if case .none = part {
                parts.append(nil)
            } else if let number = part.wholeNumber {
                parts.append(number)
            } else {
                throw unsupported("a slice by a \(part.typeName) is not known here")
            }
        }
        if parts[2] == 0 { throw unsupported("a slice with step 0") }
        switch value {
        case .undefined(let what): throw undefinedFault(what)
        case .list(let elements): return .list(try sliced(elements, parts))
        case .tuple(let elements): return .tuple(try sliced(elements, parts))
        case .string(let text): return .string(try sliced(text, parts))
        case .range: throw unsupported("a slice of a range is not known here")
        default: throw unsupported("a slice of a \(value.typeName) is not known here")
        }
    }

    private func sliced(_ elements: [Value], _ parts: [Int?]) throws(TemplateError) -> [Value] {
        let indices = Interpreter.indices(parts, count: elements.count)
        try spend(indices.count)
        return indices.step == 1 ? Array(elements[indices.range]) : indices.all.map { elements[$0] }
    }

    private func sliced(_ text: Text, _ parts: [Int?]) throws(TemplateError) -> Text {
        if text.isSafe { throw safeFault("a slice") }
        try spend(reading: text)
        let isASCII = text.isASCII
        let indices = Interpreter.indices(parts, count: isASCII ? text.bytes.count : text.count)
        if indices.step == 1 {
            let start = text.index(of: indices.range.lowerBound, isASCII: isASCII)
            return Text(text.bytes[start..<text.index(of: indices.range.upperBound, isASCII: isASCII)])
        }
        try spend(indices.count)
        let characters = text.characters
        return Text(indices.all.flatMap { characters[$0].bytes })
    }

    struct Indices {
        var start: Int
        var count: Int
        var step: Int
        var all: [Int] { (0..<count).map { start + $0 * step } }
        /// For step 1.
        var range: Range<Int> { start..<start + count }
    }

    /// Python's rule for the bounds of a slice.
    static func indices(_ parts: [Int?], count: Int) -> Indices {
        let step = max(parts[2] ?? 1, -Int.max)
        let (low, high) = step > 0 ? (0, count) : (-1, count - 1)
        func clamp(_ bound: Int) -> Int { min(max(bound < 0 ? bound + count : bound, low), high) }
        let start = parts[0].map(clamp) ?? (step > 0 ? low : high)
        let stop = parts[1].map(clamp) ?? (step > 0 ? high : low)
        let distance = step > 0 ? stop - start : start - stop
        let size = step.magnitude
        let steps = distance <= 0 ? 0 : Int((UInt(distance) - 1) / size) + 1
        return Indices(start: start, count: steps, step: step)
    }
}
