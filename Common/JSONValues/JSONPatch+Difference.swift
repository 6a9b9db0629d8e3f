extension JSONValue {
    /// The shortest JSON patch (RFC 6902) by members and elements that makes `other` of this value; an empty list where
    /// both are equal. Lists of different lengths are replaced as a whole.
    package func difference(to other: JSONValue) -> [JSONValue] {
        var operations: [JSONValue] = []
        JSONValue.compare(self, other, at: "", &operations)
        return operations
    }

    private static func compare(_ old: JSONValue, _ new: JSONValue, at path: String, _ list: inout [JSONValue]) {
        if old == new { return }
        switch (old, new) {
        case (.object(let before), .object(let after)):
            for (name, _) in before where after[name] == nil {
                list.append(["op": "remove", "path": .string("\(path)/\(escaped(name))")])
            }
            for (name, value) in after {
                let place = "\(path)/\(escaped(name))"
                if let current = before[name] {
                    compare(current, value, at: place, &list)
                } else {
                    list.append(["op": "add", "path": .string(place), "value": value])
                }
            }
        case (.array(let before), .array(let after)) where before.count == after.count:
            for index in before.indices { compare(before[index], after[index], at: "\(path)/\(index)", &list) }
        default:
            list.append(["op": "replace", "path": .string(path), "value": new])
        }
    }

    /// A member's name as a part of a JSON pointer.
    private static func escaped(_ name: String) -> String {
        name.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
            .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
    }
}
