package import JSONValues

/// Which labels an object must carry: every requirement has to hold; none matches everything.
package struct LabelSelector: Sendable, Hashable {
    /// One condition on one label.
    package enum Requirement: Sendable, Hashable {
        case isIn(String, Set<String>)
        case isNotIn(String, Set<String>)
        case exists(String)
        case isAbsent(String)
    }

    package var requirements: [Requirement]

    package init(_ requirements: [Requirement]) { self.requirements = requirements }

    /// Every one of these labels with its value.
    package init(matching labels: [String: String]) {
        requirements = labels.sorted { $0.key < $1.key }.map { .isIn($0.key, [$0.value]) }
    }

    /// Reads `matchLabels` and `matchExpressions`; nil where an expression has an unknown operator.
    package init?(_ json: JSONValue) {
        self.init(matching: json["matchLabels"]?.stringMap ?? [:])
        for expression in json["matchExpressions"]?.elements ?? [] {
            guard let key = expression["key"]?.string else { return nil }
            let values = Set(expression["values"]?.elements.compactMap(\.string) ?? [])
            switch expression["operator"]?.string {
            case "In": requirements.append(.isIn(key, values))
            case "NotIn": requirements.append(.isNotIn(key, values))
            case "Exists": requirements.append(.exists(key))
            case "DoesNotExist": requirements.append(.isAbsent(key))
            default: return nil
            }
        }
    }

    /// Reads the query form: `a=b,c!=d,e in (x,y),f notin (z),g,!h`. Nil for anything else.
    package init?(_ text: String) {
        requirements = []
        for part in LabelSelector.split(text) {
            let part = part.trimmed
            if part.isEmpty { continue }
            guard let requirement = LabelSelector.requirement(part) else { return nil }
            requirements.append(requirement)
        }
    }

    package func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { requirement in
            switch requirement {
            case .isIn(let key, let values): labels[key].map(values.contains) ?? false
            case .isNotIn(let key, let values): labels[key].map { !values.contains($0) } ?? true
            case .exists(let key): labels[key] != nil
            case .isAbsent(let key): labels[key] == nil
            }
        }
    }

    /// The query form.
    package var text: String {
        requirements.map { requirement in
            switch requirement {
            case .isIn(let key, let values) where values.count == 1: "\(key)=\(values.first ?? "")"
            case .isIn(let key, let values): "\(key) in (\(values.sorted().joined(separator: ",")))"
            case .isNotIn(let key, let values) where values.count == 1: "\(key)!=\(values.first ?? "")"
            case .isNotIn(let key, let values): "\(key) notin (\(values.sorted().joined(separator: ",")))"
            case .exists(let key): key
            case .isAbsent(let key): "!\(key)"
            }
        }.joined(separator: ",")
    }

    /// Splits at the commas outside parentheses.
    private static func split(_ text: String) -> [Substring] {
        var depth = 0
        return text.split { character in
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            return character == "," && depth == 0
        }
    }

    private static func requirement(_ part: Substring) -> Requirement? {
        if part.hasPrefix("!") { return .isAbsent(String(part.dropFirst().trimmed)) }
        if let open = part.firstIndex(of: "("), part.hasSuffix(")") {
            let words = part[..<open].split(separator: " ")
            let list = part[part.index(after: open)...].dropLast()
            let values = Set(list.split(separator: ",").map { String($0.trimmed) })
            guard words.count == 2, let key = words.first else { return nil }
            if words[1] == "in" { return .isIn(String(key), values) }
            return words[1] == "notin" ? .isNotIn(String(key), values) : nil
        }
        guard let equals = part.firstIndex(of: "=") else {
            return part.contains(" ") ? nil : .exists(String(part))
        }
        var value = part[part.index(after: equals)...]
        if value.hasPrefix("=") { value = value.dropFirst() }
        let key = part[..<equals]
        if key.hasSuffix("!") { return .isNotIn(String(key.dropLast().trimmed), [String(value.trimmed)]) }
        return key.isEmpty ? nil : .isIn(String(key.trimmed), [String(value.trimmed)])
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while text.first == " " { text = text.dropFirst() }
        while text.last == " " { text = text.dropLast() }
        return text
    }
}
