import JSONValues

/// The options of an engine's command line, by name without dashes and with `-` for `_`.
struct EngineFlags: Sendable, Hashable {
    private(set) var values: [String: [String]] = [:]
    /// The word before every option: vLLM's model.
    private(set) var positional: String?

    init(_ arguments: [String]) {
        var name: String?
        for word in arguments {
            if let flag = EngineFlags.flag(word) {
                name = flag.name
                values[flag.name] = flag.value.map { [$0] } ?? []
            } else if let name {
                values[name, default: []].append(word)
            } else if positional == nil {
                positional = word
            }
        }
    }

    private static func flag(_ word: String) -> (name: String, value: String?)? {
        guard word.hasPrefix("-"), let letter = word.drop(while: { $0 == "-" }).first, letter.isLetter else {
            return nil
        }
        let parts = word.drop { $0 == "-" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        // Names have dashes or underlines alike; what follows a dot is the name of a member and stays.
        let path = parts[0].split(separator: ".", maxSplits: 1)
        var name = String((path.first ?? "").map { $0 == "_" ? "-" : $0 })
        if path.count > 1 { name += ".\(path[1])" }
        return (name, parts.count > 1 ? String(parts[1]) : nil)
    }

    func string(_ names: String...) -> String? { names.lazy.compactMap { values[$0]?.last }.first }

    func integer(_ names: String...) -> Int? { names.lazy.compactMap { values[$0]?.last.flatMap { Int($0) } }.first }

    /// An option whose value is a JSON object, given whole or member by member (`--name.member value`).
    func object(_ name: String) -> JSONValue? {
        var object = string(name).flatMap { try? JSONValue.parse($0) }
        for (key, value) in values.sorted(by: { $0.key < $1.key }) where key.hasPrefix("\(name).") {
            let member = String(key.dropFirst(name.count + 1))
            let text = value.last ?? "true"
            object = object ?? .object(JSONObject())
            object?[member] = (try? JSONValue.parse(text)) ?? .string(text)
        }
        return object
    }
}
