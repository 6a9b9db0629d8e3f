import OrderedCollections

/// One JSON value (RFC 8259): integers stay integers, members keep their order, equality ignores member order.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 signed bits.
    case integer(Int64)
    /// Any other number.
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The members of a JSON object in the order they were written; equality does not look at the order.
package struct JSONObject: Sendable {
    var members: OrderedDictionary<String, JSONValue>

    package init() { members = [:] }

    init(_ members: OrderedDictionary<String, JSONValue>) { self.members = members }

    /// The value of a member, or nil; setting nil removes the member.
    package subscript(key: String) -> JSONValue? {
        get { members[key] }
        set { members[key] = newValue }
    }

    package var isEmpty: Bool { members.isEmpty }
    package var count: Int { members.count }
    package var keys: [String] { Array(members.keys) }
}

extension JSONObject: Hashable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        return left.members.allSatisfy { right.members[$0.key] == $0.value }
    }

    package func hash(into hasher: inout Hasher) {
        var mixed = 0
        for (key, value) in members {
            var member = Hasher()
            member.combine(key)
            member.combine(value)
            mixed ^= member.finalize()
        }
        hasher.combine(mixed)
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> Iterator { Iterator(base: members.elements.makeIterator()) }

    /// The members in their order.
    package struct Iterator: IteratorProtocol {
        var base: OrderedDictionary<String, JSONValue>.Elements.Iterator

        package mutating func next() -> (key: String, value: JSONValue)? { base.next() }
    }
}
