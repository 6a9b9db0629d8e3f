/// The values that a filter, test, method, macro or function is called with.
struct CallValues {
    var positional: [Value] = []
    var named: [(name: String, value: Value)] = []

    var isEmpty: Bool { positional.isEmpty && named.isEmpty }

    /// The values in the order of these parameters, nil where none is given. Throws for one too many or unknown.
    func bound(to parameters: [String], of what: String, line: Int) throws(TemplateError) -> [Value?] {
        guard positional.count <= parameters.count else {
            throw TemplateError(.failed, "'\(what)' takes at most \(parameters.count) arguments", line: line)
        }
        var values = positional.map(Optional.some) + Array(repeating: nil, count: parameters.count - positional.count)
        for (name, value) in named {
            guard let index = parameters.firstIndex(of: name) else {
                throw TemplateError(.failed, "'\(what)' has no parameter '\(name)'", line: line)
            }
            guard values[index] == nil else {
                throw TemplateError(.failed, "'\(what)' is given '\(name)' twice", line: line)
            }
            values[index] = value
        }
        return values
    }
}
