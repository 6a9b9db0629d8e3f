import JSONValues

/// The functions rules may call, by the names the language gives them.
enum RuleFunction: String, Hashable, Sendable {
    case startsWith
    case endsWith
    case contains
    case matches
    case lowerAscii
    case upperAscii
    case trim
    case int
    case double
    case string

    /// Whether it is called on a value (`a.startsWith(b)`) rather than with one (`int(a)`).
    var isMethod: Bool {
        switch self {
        case .int, .double, .string: false
        default: true
        }
    }

    /// Values it takes, the one it is called on included.
    var arity: Int {
        switch self {
        case .startsWith, .endsWith, .contains, .matches: 2
        default: 1
        }
    }

    /// The value of a call; throws where the values are of the wrong types.
    func value(_ values: [JSONValue]) throws(RuleError) -> JSONValue {
        switch self {
        case .int: return try integer(values[0])
        case .double:
            guard let number = values[0].double ?? values[0].string.flatMap(Double.init) else { throw fault(values) }
            return .double(number)
        case .string: return .string(values[0].string ?? values[0].text())
        default: break
        }
        guard let text = values[0].string else { throw fault(values) }
        guard arity == 2 else { return .string(changed(text)) }
        guard let other = values[1].string else { throw fault(values) }
        switch self {
        case .startsWith: return .bool(text.hasPrefix(other))
        case .endsWith: return .bool(text.hasSuffix(other))
        case .contains: return .bool(text.contains(other))
        default:
            guard let regex = try? Regex(other) else { throw RuleError("has the malformed pattern '\(other)'") }
            return .bool(text.contains(regex))
        }
    }

    private func integer(_ value: JSONValue) throws(RuleError) -> JSONValue {
        if let number = value.integer { return JSONValue(number) }
        if let number = value.double.flatMap({ Int64(exactly: $0.rounded(.towardZero)) }) { return .integer(number) }
        guard let number = value.string.flatMap({ Int64($0) }) else { throw fault([value]) }
        return .integer(number)
    }

    private func changed(_ text: String) -> String {
        switch self {
        case .lowerAscii: text.lowercased()
        case .upperAscii: text.uppercased()
        default: String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }
    }

    private func fault(_ values: [JSONValue]) -> RuleError {
        RuleError("calls \(rawValue)() with \(values.map { $0.text() }.joined(separator: " and "))")
    }
}
