/// The variables of one block, and the block around it. A name is its place in the template's list of names.
final class Scope {
    private var names: [Int] = []
    private var values: [Value] = []
    private let parent: Scope?

    init(in parent: Scope?) { self.parent = parent }

    /// The value of a name here or in a block around.
    func value(of name: Int) -> Value? {
        var scope: Scope? = self
        while let current = scope {
            if let index = current.names.firstIndex(of: name) { return current.values[index] }
            scope = current.parent
        }
        return nil
    }

    func set(_ name: Int, to value: Value) {
        if let index = names.firstIndex(of: name) {
            values[index] = value
        } else {
            names.append(name)
            values.append(value)
        }
    }

    /// Forgets all variables, as a loop does for each of its turns.
    func clear() {
        names.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
    }
}

/// A macro with the block it was defined in, whose variables it sees as they are when it is called.
final class Macro {
    let name: String
    let definition: MacroDefinition
    unowned let scope: Scope

    init(name: String, definition: MacroDefinition, scope: Scope) {
        self.name = name
        self.definition = definition
        self.scope = scope
    }
}
