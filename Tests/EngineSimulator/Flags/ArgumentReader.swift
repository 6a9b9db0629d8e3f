/// Splits a command line into flags with their values, as Python's argparse does for vLLM.
///
/// `--flag value`, `--flag=value`, `--flag_name` for `--flag-name`, and several values after a flag that takes a list.
struct ArgumentReader {
    enum Item: Hashable {
        /// Name without dashes, words joined by `-`; the value written after `=`, if any.
        case flag(String, attached: String?)
        case word(String)
    }

    private let arguments: [String]
    private var position = 0

    init(_ arguments: [String]) { self.arguments = arguments }

    /// The next flag or word.
    mutating func next() -> Item? {
        guard position < arguments.count else { return nil }
        let argument = arguments[position]
        position += 1
        guard Self.isFlag(argument) else { return .word(argument) }
        let body = argument.drop { $0 == "-" }
        let name = body.prefix { $0 != "=" }
        let attached = name.endIndex == body.endIndex ? nil : String(body[body.index(after: name.endIndex)...])
        return .flag(name.split(separator: "_").joined(separator: "-"), attached: attached)
    }

    /// The word that follows, if one does.
    mutating func value() -> String? {
        guard position < arguments.count, !Self.isFlag(arguments[position]) else { return nil }
        position += 1
        return arguments[position - 1]
    }

    /// Every word up to the next flag.
    mutating func values() -> [String] {
        var values: [String] = []
        while let value = value() { values.append(value) }
        return values
    }

    /// `-1` is a value; `-tp` and `--port` are flags.
    private static func isFlag(_ argument: String) -> Bool {
        guard argument.hasPrefix("-"), argument.count > 1 else { return false }
        return Double(argument) == nil
    }
}
