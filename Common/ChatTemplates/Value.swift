import JSONValues
import OrderedCollections

/// A value of a template: Python's kinds, as far as templates meet them.
///
/// Lists and dictionaries never change once made, for the sandbox refuses the methods that would; a namespace is
/// the one thing that does.
enum Value {
    /// A name without a value; prints nothing, is empty and false, and fails at most other uses. Holds the name.
    case undefined(Text)
    case none
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case string(Text)
    case list([Value])
    case tuple([Value])
    case dictionary(Dictionary)
    case range(Progression)
    case view(View)
    case generator(Generator)
    case namespace(Namespace)
    case loop(Loop)
    case macro(Macro)
    case cycler(Cycler)
    case function(Function)
    /// A method that was named but not called.
    case method(String)

    typealias Dictionary = OrderedDictionary<Key, Value>

    /// A key of a dictionary. Numbers that are equal are one key, as in Python.
    enum Key: Hashable {
        case none
        case number(Double)
        case integer(Int)
        case string(Text)
    }

    /// What `range()` gives.
    struct Progression {
        var start: Int
        var stop: Int
        var step: Int

        var count: Int {
            step > 0 ? max(0, (stop - start + step - 1) / step) : max(0, (start - stop - step - 1) / -step)
        }
        var elements: [Value] { (0..<count).map { .integer(start + $0 * step) } }
    }

    /// What `keys()`, `values()` and `items()` of a dictionary give.
    struct View {
        var name: String
        var elements: [Value]
    }

    /// Values that can be gone through once; true however many are left.
    final class Generator {
        var rest: ArraySlice<Value>
        init(_ elements: [Value]) { rest = elements[...] }
    }

    /// What `namespace()` gives: members that `set` may change.
    final class Namespace {
        var members: Dictionary
        init(_ members: Dictionary) { self.members = members }
    }

    /// What `cycler()` gives, and `joiner()` with a first empty text.
    final class Cycler {
        let items: [Value]
        let isJoiner: Bool
        var position = 0
        init(_ items: [Value], isJoiner: Bool) {
            self.items = items
            self.isJoiner = isJoiner
        }
    }

    /// The functions that every template sees.
    enum Function: String, CaseIterable {
        case range, dict, namespace, cycler, joiner
        case raiseException = "raise_exception"
        case strftimeNow = "strftime_now"
    }

    static func text(_ string: String) -> Value { .string(Text(string)) }
}

extension Value.Key {
    var value: Value {
        switch self {
        case .none: .none
        case .number(let number): .float(number)
        case .integer(let number): .integer(number)
        case .string(let text): .string(text)
        }
    }

    static func text(_ string: String) -> Value.Key { .string(Text(string)) }
}

extension Value {
    /// A value of JSON. Throws for levels beyond `valueDepthMax`, and for a number of more than 64 bits: whether it was
    /// written as an integer is not known, and Python's form depends on it.
    init(_ json: JSONValue, depth: Int = 0) throws(TemplateError) {
        if depth > TemplateLimits.valueDepthMax { throw TemplateError(.limit, "a value of the request nests too deep") }
        switch json {
        case .null: self = .none
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(Int(value))
        case .double(let value):
            if abs(value) >= 0x1p63 { throw TemplateError(.unsupported, "a number of the request exceeds 64 bits") }
            self = .float(value)
        case .string(let text): self = .string(Text(text))
        case .array(let elements):
            var list: [Value] = []
            list.reserveCapacity(elements.count)
            for element in elements { list.append(try Value(element, depth: depth + 1)) }
            self = .list(list)
        case .object(let members):
            var dictionary = Dictionary(minimumCapacity: members.count)
            for (key, value) in members { dictionary[.text(key)] = try Value(value, depth: depth + 1) }
            self = .dictionary(dictionary)
        }
    }

    /// Whether it is a text marked by `safe`.
    var isSafe: Bool { if case .string(let text) = self { text.isSafe } else { false } }

    /// What `if` makes of the value.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .float(let value): value != 0
        case .string(let text): !text.isEmpty
        case .list(let elements), .tuple(let elements): !elements.isEmpty
        case .dictionary(let members): !members.isEmpty
        case .range(let progression): progression.count > 0
        case .view(let view): !view.elements.isEmpty
        case .generator, .namespace, .loop, .macro, .cycler, .function, .method: true
        }
    }

    /// Python's name of the type, for messages.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .integer: "int"
        case .float: "float"
        case .string: "str"
        case .list: "list"
        case .tuple: "tuple"
        case .dictionary: "dict"
        case .range: "range"
        case .view(let view): "dict_\(view.name)"
        case .generator: "generator"
        case .namespace: "Namespace"
        case .loop: "LoopContext"
        case .macro: "Macro"
        case .cycler: "Cycler"
        case .function, .method: "function"
        }
    }

    /// The value as a whole number where Python takes it for one (a bool is one).
    var wholeNumber: Int? {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .integer(let value): value
        default: nil
        }
    }

    /// The value as a number.
    var number: Double? {
        if case .float(let value) = self { return value }
        return wholeNumber.map(Double.init)
    }
}
