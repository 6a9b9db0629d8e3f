extension Interpreter {
    /// `map`, and the four filters that keep elements by a test.
    func applyEach(_ name: String, to value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
        let elements = value.isTrue ? try elements(of: value) : []
        // The engine asks each element when it is taken, and a namespace may have changed until then.
        for case .namespace in elements { throw unsupported("'\(name)' over namespaces is not known here") }
        var kept: [Value] = []
        if name == "map" {
            for element in elements { kept.append(try mapped(element, arguments)) }
            return .generator(Value.Generator(kept))
        }
        var rest = arguments
        var attribute: Value?
        if name.hasSuffix("attr") {
            guard !rest.positional.isEmpty else { throw fault("'\(name)' needs an attribute") }
            attribute = rest.positional.removeFirst()
        }
        let test = rest.positional.isEmpty ? nil : try text(rest.positional.removeFirst(), "a test").string
        for element in elements {
            try spend()
            let subject = try attribute.map { name throws(TemplateError) in try path(name, of: element) } ?? element
            let isHeld =
                try test.map { test throws(TemplateError) in try holds(test, for: subject, rest) } ?? subject.isTrue
            if isHeld == name.hasPrefix("select") { kept.append(element) }
        }
        return .generator(Value.Generator(kept))
    }

    private func mapped(_ element: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
        try spend()
        if arguments.positional.isEmpty, let first = arguments.named.first {
            let given = try CallValues(named: arguments.named).bound(
                to: ["attribute", "default"], of: "map", line: line)
            guard let attribute = given[0] else { throw fault("'map' has no parameter '\(first.name)'") }
            let value = try path(attribute, of: element)
            if case .undefined = value, let otherwise = given[1] { return otherwise }
            return value
        }
        guard let filter = arguments.positional.first else { throw fault("'map' needs a filter") }
        var rest = arguments
        rest.positional.removeFirst()
        return try apply(try text(filter, "a filter").string, to: element, rest)
    }
}
