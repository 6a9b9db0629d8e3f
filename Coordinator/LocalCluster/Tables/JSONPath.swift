package import JSONValues

/// The part of JSONPath that printer columns and kubectl's waits use: `.a.b`, `['x']`, `[0]`, `[*]` and
/// `[?(@.type=="Ready")]`, with or without the braces around it. A dot in a name is written `\.`.
package struct JSONPath: Sendable, Hashable {
    private enum Step: Hashable {
        case member(String)
        /// From the end when negative.
        case index(Int)
        case all
        case filter(member: [String], isEqual: Bool, JSONValue)
    }

    private var steps: [Step] = []

    /// Nil for anything outside that part of the language.
    package init?(_ text: String) {
        var rest = text[...]
        if rest.hasPrefix("{"), rest.hasSuffix("}") { rest = rest.dropFirst().dropLast() }
        if rest.hasPrefix("$") { rest = rest.dropFirst() }
        if rest == "." { return }
        while !rest.isEmpty {
            guard let step = JSONPath.step(&rest) else { return nil }
            steps.append(step)
        }
    }

    /// Every value the path leads to, in order.
    package func values(in json: JSONValue) -> [JSONValue] {
        steps.reduce([json]) { values, step in values.flatMap { JSONPath.follow(step, $0) } }
    }

    /// The first value the path leads to.
    package func first(in json: JSONValue) -> JSONValue? { values(in: json).first }

    private static func follow(_ step: Step, _ value: JSONValue) -> [JSONValue] {
        switch step {
        case .member(let name): return value[name].map { [$0] } ?? []
        case .index(let index): return value[index < 0 ? value.elements.count + index : index].map { [$0] } ?? []
        case .all: return value.array ?? value.object?.map(\.value) ?? []
        case .filter(let member, let isEqual, let wanted):
            return value.elements.filter { element in
                guard let found = element.value(at: member[...]) else { return false }
                return (found == wanted) == isEqual
            }
        }
    }

    private static func step(_ rest: inout Substring) -> Step? {
        if rest.hasPrefix(".") {
            rest = rest.dropFirst()
            if rest.hasPrefix("[") { return step(&rest) }
            if rest.hasPrefix("*") {
                rest = rest.dropFirst()
                return .all
            }
            return name(&rest).map { .member($0) }
        }
        guard rest.hasPrefix("["), let close = closing(of: rest) else { return nil }
        let inner = rest[rest.index(after: rest.startIndex)..<close]
        rest = rest[rest.index(after: close)...]
        if inner == "*" { return .all }
        if let index = Int(inner) { return .index(index) }
        if let quoted = unquoted(inner) { return .member(quoted) }
        return filter(inner)
    }

    /// A name up to the next step; a backslash takes the next character as it is.
    private static func name(_ rest: inout Substring) -> String? {
        var name = ""
        while let character = rest.first, character != ".", character != "[" {
            rest = rest.dropFirst()
            if character == "\\" {
                guard let escaped = rest.popFirst() else { return nil }
                name.append(escaped)
            } else {
                name.append(character)
            }
        }
        return name.isEmpty ? nil : name
    }

    /// The bracket that closes the first one, quoted ones left out.
    private static func closing(of text: Substring) -> Substring.Index? {
        var quote: Character?
        for index in text.indices {
            let character = text[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "]" {
                return index
            }
        }
        return nil
    }

    private static func unquoted(_ text: Substring) -> String? {
        guard text.count >= 2, let quote = text.first, quote == "'" || quote == "\"", text.last == quote else {
            return nil
        }
        return String(text.dropFirst().dropLast())
    }

    /// `?(@.a.b=="x")` and the same with `!=`.
    private static func filter(_ text: Substring) -> Step? {
        guard text.hasPrefix("?(@"), text.hasSuffix(")") else { return nil }
        let condition = text.dropFirst(3).dropLast()
        for (sign, isEqual) in [("==", true), ("!=", false)] {
            guard let range = firstRange(of: sign, in: condition) else { continue }
            var path = trimmed(condition[..<range.lowerBound])
            let wanted = trimmed(condition[range.upperBound...])
            var member: [String] = []
            while path.hasPrefix(".") {
                path = path.dropFirst()
                guard let name = name(&path) else { return nil }
                member.append(name)
            }
            guard path.isEmpty, !member.isEmpty else { return nil }
            if let quoted = unquoted(wanted) {
                return .filter(member: member, isEqual: isEqual, .string(quoted))
            }
            guard let literal = try? JSONValue.parse(String(wanted)) else { return nil }
            return .filter(member: member, isEqual: isEqual, literal)
        }
        return nil
    }

    private static func firstRange(of sign: String, in text: Substring) -> Range<Substring.Index>? {
        text.indices.lazy.filter { text[$0...].hasPrefix(sign) }.first.map { start in
            start..<text.index(start, offsetBy: sign.count)
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " { text = text.dropFirst() }
        while text.last == " " { text = text.dropLast() }
        return text
    }
}
