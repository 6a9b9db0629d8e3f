import OrderedCollections

extension JSONValue {
    /// The text of a string value.
    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The value as an integer; a double counts when it is whole and fits.
    package var integer: Int? {
        switch self {
        case .integer(let value): Int(value)
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The value as a double; an integer counts.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The elements of an array; nil for anything else.
    package var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members of an object; nil for anything else.
    package var object: JSONObject? {
        if case .object(let members) = self { members } else { nil }
    }

    package var isNull: Bool { self == .null }

    /// The elements of an array, or none.
    package var elements: [JSONValue] { array ?? [] }

    /// The string members of an object (others left out), as Kubernetes labels and annotations are.
    package var stringMap: [String: String] {
        guard let object else { return [:] }
        var map: [String: String] = [:]
        for (key, value) in object {
            if let text = value.string { map[key] = text }
        }
        return map
    }

    /// An object of string members, sorted by key.
    package static func strings(_ map: [String: String]) -> JSONValue {
        .object(
            JSONObject(
                OrderedDictionary(uniqueKeysWithValues: map.sorted { $0.key < $1.key }.map { ($0, .string($1)) })))
    }

    /// An object of the members that have a value.
    package static func members(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        var object = JSONObject()
        for (key, value) in members {
            if let value { object[key] = value }
        }
        return .object(object)
    }

    /// A member of an object. Setting makes an object of anything that is not one; nil removes the member.
    package subscript(key: String) -> JSONValue? {
        get { object?[key] }
        set {
            var members = object ?? JSONObject()
            self = .null
            members[key] = newValue
            self = .object(members)
        }
    }

    /// An element of an array; nil outside its bounds.
    package subscript(index: Int) -> JSONValue? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }

    /// The value under nested members, as in `pod[path: "status", "podIP"]`. Setting makes the objects on the way;
    /// setting nil removes the last member and makes nothing.
    package subscript(path path: String...) -> JSONValue? {
        get { self.value(at: path[...]) }
        set { self.set(newValue, at: path[...]) }
    }

    /// The value under nested members.
    package func value(at path: ArraySlice<String>) -> JSONValue? {
        guard let first = path.first else { return self }
        return self[first]?.value(at: path.dropFirst())
    }

    /// Sets or removes the value under nested members.
    package mutating func set(_ value: JSONValue?, at path: ArraySlice<String>) {
        guard let first = path.first else {
            self = value ?? .null
            return
        }
        let rest = path.dropFirst()
        if rest.isEmpty {
            if value != nil || self[first] != nil { self[first] = value }
            return
        }
        guard value != nil || self[first] != nil else { return }
        var child = self[first] ?? .object(JSONObject())
        self[first] = .null
        child.set(value, at: rest)
        self[first] = child
    }
}

// No nil literal: it would make `nil` of an optional value mean JSON's null.
extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// Members in the order written; of a repeated key the last value stands.
    package init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(JSONObject(OrderedDictionary(members, uniquingKeysWith: { $1 })))
    }

    package init(_ value: Int) { self = .integer(Int64(value)) }
}
