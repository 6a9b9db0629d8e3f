extension Interpreter {
    /// Methods of texts; those that are not run here are known so that no element is looked for in their place.
    static let textMethods: Set<String> = [
        "capitalize", "casefold", "center", "count", "encode", "endswith", "expandtabs", "find", "format",
        "format_map", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "isidentifier", "islower",
        "isnumeric", "isprintable", "isspace", "istitle", "isupper", "join", "ljust", "lower", "lstrip", "maketrans",
        "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit",
        "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "translate", "upper", "zfill",
    ]

    func call(_ name: String, of text: Text, _ arguments: CallValues) throws(TemplateError) -> Value {
        try spend(reading: text)
        switch name {
        case "strip", "lstrip", "rstrip":
            let set = try characters(try parameters(["chars"], of: name, arguments)[0])
            return .string(text.trimmed(start: name != "rstrip", end: name != "lstrip", of: set))
        case "split", "rsplit": return try split(text, name, arguments)
        case "splitlines":
            let keeps = try arguments.bound(to: ["keepends"], of: name, line: line)[0]?.isTrue ?? false
            return .list(text.lines(keepingEnds: keeps).map { .string($0) })
        case "startswith", "endswith":
            return .bool(try matches(text, name, try parameters(["", "", ""], of: name, arguments)))
        case "replace": return try replace(text, try parameters(["", "", ""], of: name, arguments))
        case "find", "rfind", "index", "rindex", "count": return try search(text, name, arguments)
        case "join": return .string(try joined(try parameters([""], of: name, arguments)[0] ?? .none, by: text))
        case "removeprefix", "removesuffix":
            let cut = try self.text(try parameters([""], of: name, arguments)[0], "a text")
            if cut.isEmpty { return .string(text) }
            let isPrefix = name == "removeprefix"
            guard isPrefix ? text.hasPrefix(cut) : text.hasSuffix(cut) else { return .string(text) }
            let size = cut.bytes.count
            return .string(Text(isPrefix ? text.bytes.dropFirst(size) : text.bytes.dropLast(size)))
        case "partition", "rpartition": return try partition(text, name, arguments)
        case "ljust", "rjust", "center", "zfill": return .string(try justified(text, name, arguments))
        case "format", "format_map", "encode", "expandtabs", "translate", "maketrans":
            throw unsupported("the method '\(name)' of a text is not known here")
        default:
            guard arguments.isEmpty else { throw fault("the method '\(name)' takes no arguments") }
            return try callPlain(name, of: text)
        }
    }

    private func callPlain(_ name: String, of text: Text) throws(TemplateError) -> Value {
        try spend(bytes: text.bytes.count)
        switch name {
        case "upper": return .string(text.uppercased)
        case "lower": return .string(try cased(text.lowercased))
        case "capitalize": return .string(try cased(text.capitalized))
        case "title": return .string(try cased(text.titled))
        case "isdigit": return .bool(text.isAll(\.isDigit))
        case "isdecimal": return .bool(text.isAll(\.isDecimal))
        case "isnumeric": return .bool(text.isAll(\.isNumeric))
        case "isalpha": return .bool(text.isAll(\.isLetter))
        case "isalnum": return .bool(text.isAll { $0.isLetter || $0.isNumeric })
        case "isspace": return .bool(text.isAll(\.isSpace))
        case "isascii": return .bool(text.isASCII)
        case "isupper": return .bool(text.isAllCased(upper: true))
        case "islower": return .bool(text.isAllCased(upper: false))
        default: throw unsupported("the method '\(name)' of a text is not known here")
        }
    }

    func cased(_ text: Text?) throws(TemplateError) -> Text {
        guard let text else { throw unsupported("the lower case of a Greek capital sigma is not known here") }
        return text
    }

    /// The values by position; a parameter whose name is empty has none in Python.
    private func parameters(
        _ names: [String], of method: String, _ arguments: CallValues
    ) throws(TemplateError) -> [Value?] {
        if !arguments.named.isEmpty { throw unsupported("named arguments of '\(method)' are not known here") }
        return try arguments.bound(to: names, of: method, line: line)
    }

    func text(_ value: Value?, _ what: String) throws(TemplateError) -> Text {
        guard case .string(let text)? = value else {
            if case .undefined(let what)? = value { throw undefinedFault(what) }
            throw fault("\(what) is expected, not a \(value?.typeName ?? "nothing")")
        }
        return text
    }

    func characters(_ value: Value?) throws(TemplateError) -> Set<Unicode.Scalar>? {
        switch value ?? .none {
        case .none: return nil
        case .string(let text): return Set(text.scalars)
        case let other: throw typeFault("cutting characters", other)
        }
    }

    private func split(_ text: Text, _ name: String, _ arguments: CallValues) throws(TemplateError) -> Value {
        let given = try arguments.bound(to: ["sep", "maxsplit"], of: name, line: line)
        let max = given[1]?.wholeNumber ?? -1
        guard given[1] == nil || given[1]?.wholeNumber != nil else { throw fault("'maxsplit' is a number") }
        let pieces: [Text]
        if case .none = given[0] ?? .none {
            guard name == "split" || max < 0 else { throw unsupported("'rsplit' at white space is not known here") }
            pieces = text.words(max: max)
        } else {
            let separator = try self.text(given[0], "a separator")
            guard !separator.isEmpty else { throw fault("an empty separator") }
            try spend(bytes: name == "rsplit" ? 2 * text.bytes.count : 0)
            pieces = name == "split" ? text.split(by: separator, max: max) : text.splitFromEnd(by: separator, max: max)
        }
        try spend(pieces.count)
        return .list(pieces.map { .string($0) })
    }

    private func matches(_ text: Text, _ name: String, _ given: [Value?]) throws(TemplateError) -> Bool {
        guard given[1] == nil, given[2] == nil else { throw unsupported("'\(name)' with bounds is not known here") }
        var candidates: [Value?] = [given[0]]
        if case .tuple(let elements)? = given[0] { candidates = elements }
        for candidate in candidates {
            let piece = try self.text(candidate, "a text or a tuple of texts")
            if name == "startswith" ? text.hasPrefix(piece) : text.hasSuffix(piece) { return true }
        }
        return false
    }

    private func replace(_ text: Text, _ given: [Value?]) throws(TemplateError) -> Value {
        let needle = try self.text(given[0], "the text to replace")
        let replacement = try self.text(given[1], "the text in its place")
        guard given[2] == nil || given[2]?.wholeNumber != nil else { throw fault("the count of 'replace' is a number") }
        return .string(try replaced(text, needle, replacement, max: given[2]?.wholeNumber ?? -1))
    }

    func replaced(_ text: Text, _ needle: Text, _ replacement: Text, max: Int) throws(TemplateError) -> Text {
        if replacement.bytes.count > needle.bytes.count {
            let (growth, overflow) = text.occurrences(of: needle).multipliedReportingOverflow(
                by: replacement.bytes.count - needle.bytes.count)
            try spend(bytes: overflow ? limits.bytesMax : growth)
        }
        try spend(bytes: text.bytes.count)
        return text.replacing(needle, with: replacement, max: max)
    }

    private func search(_ text: Text, _ name: String, _ arguments: CallValues) throws(TemplateError) -> Value {
        let given = try parameters(["", "", ""], of: name, arguments)
        let needle = try self.text(given[0], "a text")
        guard given[1] == nil, given[2] == nil else { throw unsupported("'\(name)' with bounds is not known here") }
        if name == "count" { return .integer(text.occurrences(of: needle)) }
        let isLast = name.hasPrefix("r")
        if isLast { try spend(bytes: 2 * text.bytes.count) }
        guard let found = isLast ? text.findLast(needle) : text.find(needle, from: text.bytes.startIndex) else {
            if name.hasSuffix("index") { throw fault("a text that '\(name)' looks for is not there") }
            return .integer(-1)
        }
        return .integer(Text(text.bytes[..<found]).count)
    }

    func joined(_ value: Value, by separator: Text) throws(TemplateError) -> Text {
        var bytes: [UInt8] = []
        for (index, element) in try elements(of: value).enumerated() {
            let piece = try text(element, "a text to join")
            try spend(bytes: piece.bytes.count + separator.bytes.count)
            try spend()
            if index > 0 { bytes.append(contentsOf: separator.bytes) }
            bytes.append(contentsOf: piece.bytes)
        }
        return Text(bytes)
    }

    private func partition(_ text: Text, _ name: String, _ arguments: CallValues) throws(TemplateError) -> Value {
        let separator = try self.text(try parameters([""], of: name, arguments)[0], "a separator")
        guard !separator.isEmpty else { throw fault("an empty separator") }
        let isLast = name == "rpartition"
        if isLast { try spend(bytes: 2 * text.bytes.count) }
        guard let found = isLast ? text.findLast(separator) : text.find(separator, from: text.bytes.startIndex) else {
            let empty = Value.string(.empty)
            return .tuple(isLast ? [empty, empty, .string(text)] : [.string(text), empty, empty])
        }
        let end = found + separator.bytes.count
        return .tuple([.string(Text(text.bytes[..<found])), .string(separator), .string(Text(text.bytes[end...]))])
    }

    private func justified(_ text: Text, _ name: String, _ arguments: CallValues) throws(TemplateError) -> Text {
        let given = try parameters(["", ""], of: name, arguments)
        guard let width = given[0]?.wholeNumber, name != "zfill" || given[1] == nil else {
            throw fault("'\(name)' needs a width")
        }
        let fill = try given[1].map { value throws(TemplateError) in try self.text(value, "a character") } ?? Text(" ")
        guard fill.count == 1 else { throw fault("'\(name)' fills with one character") }
        return try justified(text, name, width: width, fill: name == "zfill" ? Text("0") : fill)
    }

    func justified(_ text: Text, _ name: String, width: Int, fill: Text) throws(TemplateError) -> Text {
        let missing = width - text.count
        guard missing > 0 else { return text }
        guard missing < limits.bytesMax else {
            throw TemplateError(.limit, "the chat template makes more than \(limits.bytesMax) bytes", line: line)
        }
        try spend(bytes: missing * fill.bytes.count + text.bytes.count)
        let left = name == "ljust" ? 0 : name == "center" ? missing / 2 + (missing & width & 1) : missing
        var bytes: [UInt8] = []
        var body = text.bytes
        if name == "zfill", let sign = body.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            bytes.append(sign)
            body = body.dropFirst()
        }
        for _ in 0..<left { bytes.append(contentsOf: fill.bytes) }
        bytes.append(contentsOf: body)
        for _ in left..<missing { bytes.append(contentsOf: fill.bytes) }
        return Text(bytes)
    }
}
