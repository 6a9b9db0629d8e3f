import JSONValues

/// Takes out of a schema what this server cannot check, so that definitions of others are served all the same. What was
/// left out is told to whoever puts the definition in place; an object may then pass here and be refused elsewhere.
///
/// Our own definitions need none of it, which `SchemaDeployedTests` holds.
struct SchemaReduction {
    /// One sentence for each rule and pattern that was left out.
    private(set) var notes: [String] = []

    /// Sentences that one definition is answered with at most; more is left out silently.
    static let notesMax = 16

    mutating func reduced(_ schema: JSONValue, at path: String = "") -> JSONValue {
        var schema = schema
        if let rules = schema["x-kubernetes-validations"]?.array {
            schema["x-kubernetes-validations"] = .array(rules.filter { isSupported($0, at: path) })
        }
        if let pattern = schema["pattern"]?.string, (try? Regex(pattern)) == nil {
            note("\(path): the pattern '\(pattern)' is not checked by this server")
            schema["pattern"] = nil
        }
        if let properties = schema["properties"]?.object {
            var reduced = JSONObject()
            for (name, child) in properties { reduced[name] = self.reduced(child, at: SchemaNode.join(path, name)) }
            schema["properties"] = .object(reduced)
        }
        for keyword in ["items", "additionalProperties", "not"] {
            if let child = schema[keyword], child.object != nil { schema[keyword] = reduced(child, at: path + "[]") }
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            if let children = schema[keyword]?.array {
                schema[keyword] = .array(children.map { reduced($0, at: path) })
            }
        }
        return schema
    }

    private mutating func isSupported(_ rule: JSONValue, at path: String) -> Bool {
        do throws(SchemaError) {
            _ = try SchemaRule(rule, at: path)
            return true
        } catch {
            note("\(error); it is not checked by this server")
            return false
        }
    }

    private mutating func note(_ text: String) {
        if notes.count < SchemaReduction.notesMax { notes.append(text) }
    }
}
