import OrderedCollections

extension Interpreter {
    static let dictionaryMethods: Set<String> = [
        "clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values",
    ]
    static let listMethods: Set<String> = [
        "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort",
    ]

    func call(_ name: String, of members: Value.Dictionary, _ arguments: CallValues) throws(TemplateError) -> Value {
        switch name {
        case "get":
            let values = arguments.positional
            guard arguments.named.isEmpty, (1...2).contains(values.count) else {
                throw fault("'get' takes a key and a default")
            }
            let found: Value?
            switch values[0] {
            case .undefined, .tuple: found = nil
            case .bool(let isTrue): found = members[.integer(isTrue ? 1 : 0)]
            default: found = members[try key(values[0])]
            }
            return found ?? (values.count > 1 ? values[1] : .none)
        case "items", "keys", "values", "copy":
            guard arguments.isEmpty else { throw fault("'\(name)' takes no arguments") }
            try spend(members.count)
            if name == "copy" { return .dictionary(members) }
            let elements: [Value] =
                switch name {
                case "keys": members.keys.map(\.value)
                case "values": Array(members.values)
                default: members.map { .tuple([$0.key.value, $0.value]) }
                }
            return .view(Value.View(name: name, elements: elements))
        case "fromkeys": throw unsupported("'fromkeys' is not known here")
        default: throw fault("the sandbox of templates does not allow '\(name)' of a dict")
        }
    }

    func call(
        _ name: String, of elements: [Value], _ arguments: CallValues, isTuple: Bool
    ) throws(TemplateError) -> Value {
        let values = arguments.positional
        switch name {
        case "count":
            guard values.count == 1, arguments.named.isEmpty else { throw fault("'count' takes one value") }
            var count = 0
            for element in elements where try areEqual(element, values[0]) { count += 1 }
            return .integer(count)
        case "index":
            guard values.count == 1, arguments.named.isEmpty else {
                throw unsupported("'index' with bounds is not known here")
            }
            for (index, element) in elements.enumerated() where try areEqual(element, values[0]) {
                return .integer(index)
            }
            throw fault("a value that 'index' looks for is not there")
        case "copy" where !isTuple && arguments.isEmpty: return .list(elements)
        default: throw fault("the sandbox of templates does not allow '\(name)' of a list")
        }
    }
}
