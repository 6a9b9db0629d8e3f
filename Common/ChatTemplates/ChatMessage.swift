import JSONValues

/// A message of a chat request, as far as it is known here what the engine makes of it.
struct ChatMessage {
    enum Content {
        case none
        case text(String)
        case parts([Part])
    }

    /// A part of a content that is a text.
    struct Part {
        var text: String
        /// Members that the engine does not know.
        var others = JSONObject()
    }

    var role: String
    var content: Content
    var name: String?
    var toolCalls: [JSONValue] = []
    var reasoning: String?
    var toolCallID: String?

    /// The message that a template gets.
    func value(_ assumption: PromptTemplate.Assumption) -> JSONValue {
        var members = JSONObject()
        members["role"] = .string(role)
        members["content"] = content(assumption)
        if !toolCalls.isEmpty { members["tool_calls"] = .array(toolCalls) }
        if let reasoning {
            members["reasoning"] = .string(reasoning)
            members["reasoning_content"] = .string(reasoning)
        }
        if let toolCallID { members["tool_call_id"] = .string(toolCallID) }
        if let name { members["name"] = .string(name) }
        if role == "developer" { members["tools"] = .null }
        return .object(members)
    }

    private func content(_ assumption: PromptTemplate.Assumption) -> JSONValue {
        let parts =
            switch content {
            case .none: [Part]()
            case .text(let text): [Part(text: text)]
            case .parts(let parts): parts
            }
        let texts = parts.map(\.text)
        switch assumption.format {
        // Parts without text leave no line of their own.
        case .string: return .string(texts.filter { !$0.isEmpty }.joined(separator: "\n"))
        // What a tool gave is one text for every template.
        case .openai where role == "tool": return .string(texts.joined(separator: "\n"))
        case .openai:
            return .array(parts.map { $0.value(withOthers: assumption.keepsPartMembers) })
        }
    }

    /// Whether a part has members that only some versions of the engine hand to a template.
    var hasOthers: Bool {
        if case .parts(let parts) = content { parts.contains { !$0.others.isEmpty } } else { false }
    }
}

extension ChatMessage.Part {
    fileprivate func value(withOthers: Bool) -> JSONValue {
        var members = JSONObject()
        members["type"] = "text"
        members["text"] = .string(text)
        if withOthers { for (name, value) in others { members[name] = value } }
        return .object(members)
    }
}
