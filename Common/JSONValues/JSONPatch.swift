/// Why a patch could not be applied, in one sentence that names the operation and the path.
package struct JSONPatchError: Error, Hashable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}

extension JSONValue {
    /// This value after a JSON merge patch (RFC 7396): members of the patch replace, null removes.
    package func merging(_ patch: JSONValue) -> JSONValue {
        guard let changes = patch.object else { return patch }
        var result = object ?? JSONObject()
        for (key, change) in changes {
            result[key] = change.isNull ? nil : (result[key] ?? .null).merging(change)
        }
        return .object(result)
    }

    /// This value after a JSON patch (RFC 6902): a list of add, remove, replace, move, copy and test, all or nothing.
    package func applying(patch: JSONValue) throws(JSONPatchError) -> JSONValue {
        guard let operations = patch.array else {
            throw JSONPatchError("a JSON patch is a list of operations, this one is not a list")
        }
        var result = self
        for operation in operations {
            guard let name = operation["op"]?.string, let path = operation["path"]?.string else {
                throw JSONPatchError("each operation of a JSON patch needs 'op' and 'path'")
            }
            try result.apply(name, at: path, operation)
        }
        return result
    }

    private mutating func apply(_ name: String, at path: String, _ operation: JSONValue) throws(JSONPatchError) {
        let tokens = try JSONValue.tokens(of: path)
        switch name {
        case "add": try edit(tokens[...], name, path, .add(try JSONValue.operand(operation, name, path)))
        case "replace": try edit(tokens[...], name, path, .replace(try JSONValue.operand(operation, name, path)))
        case "remove": try edit(tokens[...], name, path, .remove)
        case "test":
            guard value(atPointer: tokens) == (try JSONValue.operand(operation, name, path)) else {
                throw JSONPatchError("test of \(path) failed: the value there is another one")
            }
        case "move", "copy":
            guard let from = operation["from"]?.string else { throw JSONPatchError("\(name) \(path) needs 'from'") }
            let source = try JSONValue.tokens(of: from)
            guard let moved = value(atPointer: source) else {
                throw JSONPatchError("\(name) \(path) failed: there is nothing at \(from)")
            }
            if name == "move" { try edit(source[...], name, from, .remove) }
            try edit(tokens[...], name, path, .add(moved))
        default:
            throw JSONPatchError("unknown operation '\(name)' in a JSON patch")
        }
    }

    private static func operand(_ operation: JSONValue, _ name: String, _ path: String) throws(JSONPatchError)
        -> JSONValue
    {
        guard let value = operation["value"] else { throw JSONPatchError("\(name) \(path) needs 'value'") }
        return value
    }

    /// The parts of a JSON pointer (RFC 6901), unescaped.
    package static func tokens(of pointer: String) throws(JSONPatchError) -> [String] {
        if pointer.isEmpty { return [] }
        guard pointer.hasPrefix("/") else { throw JSONPatchError("the path '\(pointer)' does not start with '/'") }
        return pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { token in
            token.split(separator: "~1", omittingEmptySubsequences: false).joined(separator: "/")
                .split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
        }
    }

    /// The value a JSON pointer's parts lead to.
    package func value(atPointer tokens: [String]) -> JSONValue? {
        var value = self
        for token in tokens {
            let next: JSONValue? =
                if case .array = value { Int(token).flatMap { value[$0] } } else { value[token] }
            guard let next else { return nil }
            value = next
        }
        return value
    }

    private enum Edit {
        case add(JSONValue)
        case replace(JSONValue)
        case remove
    }

    private mutating func edit(
        _ tokens: ArraySlice<String>, _ name: String, _ path: String, _ change: Edit
    ) throws(JSONPatchError) {
        guard let token = tokens.first else {
            switch change {
            case .add(let value), .replace(let value): self = value
            case .remove: self = .null
            }
            return
        }
        let rest = tokens.dropFirst()
        let missing = JSONPatchError("\(name) \(path) failed: there is nothing at '\(token)'")
        switch self {
        case .object(var object):
            if rest.isEmpty {
                if case .add = change {} else if object[token] == nil { throw missing }
                switch change {
                case .add(let value), .replace(let value): object[token] = value
                case .remove: object[token] = nil
                }
            } else {
                guard var child = object[token] else { throw missing }
                object[token] = .null
                try child.edit(rest, name, path, change)
                object[token] = child
            }
            self = .object(object)
        case .array(var elements):
            let index = token == "-" ? elements.count : Int(token) ?? -1
            guard index >= 0, index < elements.count || (index == elements.count && rest.isEmpty) else { throw missing }
            if rest.isEmpty {
                switch change {
                case .add(let value): elements.insert(value, at: index)
                case .replace(let value):
                    guard index < elements.count else { throw missing }
                    elements[index] = value
                case .remove:
                    guard index < elements.count else { throw missing }
                    elements.remove(at: index)
                }
            } else {
                try elements[index].edit(rest, name, path, change)
            }
            self = .array(elements)
        default:
            throw missing
        }
    }
}
