/// Where a `for` stands.
///
/// 1. Elements come one by one: each is taken, and the loop's condition asked about it, when its turn comes or when
///    something looks ahead (`last` and `nextitem` by one, a length that is not known by all).
/// 2. What was taken ahead comes before what the source still has.
final class Loop {
    /// Values that come one by one, with the condition that keeps some of them.
    struct Source {
        enum Elements {
            case values(ArraySlice<Value>)
            case generator(Value.Generator)
        }

        struct Filter {
            var condition: Expression
            var target: Target
            var scope: Scope
        }

        var elements: Elements
        var filter: Filter?

        /// How many there are, where that is known without taking them.
        var count: Int? {
            guard filter == nil, case .values(let values) = elements else { return nil }
            return values.count
        }
    }

    fileprivate var source: Source
    fileprivate var ahead: ArraySlice<Value> = []
    fileprivate var count: Int?
    fileprivate var current: Value?
    fileprivate var before: Value?
    /// Of the turn, from 0; -1 before the first.
    private(set) var index = -1
    /// What `changed` was last asked with.
    var last: [Value]?

    init(_ source: Source) {
        self.source = source
        count = source.count
    }

    fileprivate func turn(to element: Value) {
        index += 1
        before = current
        current = element
    }
}

extension Interpreter {
    /// What a loop over the value takes its elements from.
    func source(of value: Value) throws(TemplateError) -> Loop.Source {
        if case .generator(let generator) = value { return Loop.Source(elements: .generator(generator)) }
        return Loop.Source(elements: .values(try elements(of: value)[...]))
    }

    /// Goes to the next turn; nil where there is none.
    func advance(_ loop: Loop) throws(TemplateError) -> Value? {
        var element = loop.ahead.popFirst()
        if element == nil { element = try next(of: loop) }
        guard let element else { return nil }
        loop.turn(to: element)
        return element
    }

    private func next(of loop: Loop) throws(TemplateError) -> Value? {
        while let element = loop.source.next() {
            guard let filter = loop.source.filter else { return element }
            filter.scope.clear()
            try assign(element, to: filter.target, in: filter.scope)
            if try evaluate(filter.condition, in: filter.scope).isTrue { return element }
        }
        return nil
    }

    private func peek(_ loop: Loop) throws(TemplateError) -> Value? {
        if loop.ahead.isEmpty, let element = try next(of: loop) { loop.ahead.append(element) }
        return loop.ahead.first
    }

    /// The number of turns that the loop has in all.
    func count(of loop: Loop) throws(TemplateError) -> Int {
        if let count = loop.count { return count }
        while let element = try next(of: loop) { loop.ahead.append(element) }
        let count = loop.index + 1 + loop.ahead.count
        loop.count = count
        return count
    }

    /// A member of `loop`; nil for a name it does not have.
    func member(_ name: String, of loop: Loop) throws(TemplateError) -> Value? {
        switch name {
        case "index": .integer(loop.index + 1)
        case "index0": .integer(loop.index)
        case "revindex": .integer(try count(of: loop) - loop.index)
        case "revindex0": .integer(try count(of: loop) - loop.index - 1)
        case "first": .bool(loop.index == 0)
        case "last": .bool(try peek(loop) == nil)
        case "length": .integer(try count(of: loop))
        case "previtem": loop.before ?? .undefined(Text("there is no previous item"))
        case "nextitem": try peek(loop) ?? .undefined(Text("there is no next item"))
        // Only a recursive loop has more.
        case "depth": .integer(1)
        case "depth0": .integer(0)
        default: nil
        }
    }
}

extension Loop.Source {
    fileprivate mutating func next() -> Value? {
        switch elements {
        case .generator(let generator): return generator.rest.popFirst()
        case .values(var values):
            let element = values.popFirst()
            elements = .values(values)
            return element
        }
    }
}
