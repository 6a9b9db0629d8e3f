import JSONValues

/// Whether a text is a regular expression of the kind routes may use: RE2's, without look-around and back-references.
package enum RegexRules {
    /// Longer patterns are refused.
    package static let patternBytesMax = 1_024

    static func problems(of match: StringMatch, at path: String) -> [FieldProblem] {
        guard case .regex(let pattern) = match, let fault = fault(in: pattern) else { return [] }
        return [.invalid("\(path).regex", .string(pattern), fault)]
    }

    /// Why a pattern is refused, as the end of a sentence; nil for one that is well-formed.
    package static func fault(in pattern: String) -> String? {
        if pattern.utf8.count > patternBytesMax { return "must be at most \(patternBytesMax) bytes" }
        if let construct = foreignConstruct(in: pattern) {
            return "must be an RE2 regular expression, which has no \(construct)"
        }
        do {
            _ = try Regex(pattern)
            return nil
        } catch {
            return "must be an RE2 regular expression; check its brackets, escapes and repetitions"
        }
    }

    /// The first construct of other dialects outside a character class.
    private static func foreignConstruct(in pattern: String) -> String? {
        var isEscaped = false
        var isInClass = false
        var rest = pattern[...]
        while let character = rest.first {
            if isEscaped {
                if !isInClass, ("1"..."9").contains(character) { return "back-references" }
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if isInClass {
                isInClass = character != "]"
            } else if character == "[" {
                isInClass = true
            } else if ["(?=", "(?!", "(?<=", "(?<!"].contains(where: { rest.hasPrefix($0) }) {
                return "look-around"
            } else if rest.hasPrefix("(?>") {
                return "atomic groups"
            }
            rest = rest.dropFirst()
        }
        return nil
    }
}
