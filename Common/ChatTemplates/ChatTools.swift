import JSONValues

/// The tools of a request as a template gets them.
enum ChatTools {
    /// Tools with the members that the engine gives them, in its order; nil for none.
    static func dumped(_ value: JSONValue) throws(ChatPromptError) -> [JSONValue]? {
        if value.isNull { return nil }
        guard let list = value.array, !list.isEmpty else {
            throw ChatPromptError(.refused, "'tools' is no list of tools")
        }
        var tools: [JSONValue] = []
        for (index, tool) in list.enumerated() { tools.append(try dumped(tool, at: "tools[\(index)]")) }
        return tools
    }

    /// Throws for a choice of tools that the engine refuses.
    static func check(choice: JSONValue, among tools: [JSONValue]?) throws(ChatPromptError) {
        switch choice {
        case .null, "none": return
        case "auto", "required": if tools != nil { return }
        default:
            let name = choice["function"]?["name"]
            if tools?.contains(where: { $0["function"]?["name"] == name }) ?? false { return }
        }
        throw ChatPromptError(.refused, "'tool_choice' does not go with the tools of the request")
    }

    private static func dumped(_ tool: JSONValue, at place: String) throws(ChatPromptError) -> JSONValue {
        func unknown(_ what: String) -> ChatPromptError { ChatPromptError(.tools, "\(place) \(what)") }
        guard let members = tool.object, let function = members["function"]?.object,
            members["type"]?.string ?? "function" == "function"
        else { throw unknown("is no function") }
        for name in members.keys where name != "type" && name != "function" {
            throw unknown("has a member that is not known here: '\(ChatPromptError.name(name))'")
        }
        guard let name = function["name"]?.string else { throw unknown("has no name") }
        var dump = JSONObject()
        dump["name"] = .string(name)
        dump["description"] = function["description"] ?? .null
        dump["parameters"] = function["parameters"] ?? .null
        for (key, value) in function {
            switch (key, value) {
            case ("name", _), ("description", .string), ("description", .null), ("parameters", .object),
                ("parameters", .null):
                break
            // Versions differ in what they make of one that is null.
            case ("strict", .bool): dump["strict"] = value
            default: throw unknown("has a member that is not known here: '\(ChatPromptError.name(key))'")
            }
        }
        return ["type": "function", "function": .object(dump)]
    }
}
