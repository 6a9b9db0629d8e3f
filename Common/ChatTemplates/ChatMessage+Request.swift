import JSONValues

extension ChatMessage {
    /// Reads one message of a request. Throws for whatever the engine may understand in another way than is known here.
    init(_ value: JSONValue, at place: String) throws(ChatPromptError) {
        func unknown(_ what: String) -> ChatPromptError { ChatPromptError(.message, "\(place) \(what)") }
        guard let members = value.object else { throw unknown("is not an object") }
        guard let role = members["role"]?.string else { throw unknown("has no role") }
        self.role = role
        content = try ChatMessage.content(members["content"], at: place)
        // The engine takes no content of null, but from an assistant that may have called tools.
        if members["content"] == .null, role != "assistant" || members["tool_calls"] == .null {
            throw unknown("has a content of null")
        }
        for (key, value) in members {
            switch (key, value) {
            case ("role", _), ("content", _): break
            case ("name", .string(let text)): name = text
            case ("tool_call_id", .string(let text)) where role == "tool": toolCallID = text
            case ("tool_calls", .array(let calls)) where role == "assistant":
                toolCalls = try ChatMessage.toolCalls(calls, at: place)
            case ("reasoning", .string(let text)) where role == "assistant": reasoning = text
            case ("reasoning_content", .string(let text)) where role == "assistant": reasoning = reasoning ?? text
            case ("annotations", .array(let notes)) where notes.isEmpty: break
            case (_, .null) where key != "name" && key != "tool_call_id": break
            default: throw unknown("has a member that is not known here: '\(ChatPromptError.name(key))'")
            }
        }
        let isSystem = role == "system"
        if isSystem, content.texts.contains(where: { $0.hasPrefix("x-anthropic-billing-header") }) {
            throw unknown("has a line that versions of the engine treat in different ways")
        }
    }

    private static func content(_ value: JSONValue?, at place: String) throws(ChatPromptError) -> Content {
        switch value {
        case nil, .null: return .none
        case .string(let text): return .text(text)
        case .array(let parts):
            var read: [Part] = []
            for value in parts { read.append(try part(value, at: place)) }
            return .parts(read)
        default: throw ChatPromptError(.message, "the content of \(place) is neither a text nor a list of parts")
        }
    }

    private static func part(_ value: JSONValue, at place: String) throws(ChatPromptError) -> Part {
        guard let members = value.object, let type = members["type"]?.string else {
            throw ChatPromptError(.message, "a part of \(place) has no type")
        }
        guard type == "text" else {
            let isMedia = mediaWords.contains { type.contains($0) }
            let what = "of type '\(ChatPromptError.name(type))' is not known here"
            throw ChatPromptError(isMedia ? .media : .message, "a part of \(place) \(what)")
        }
        guard let text = members["text"]?.string else {
            throw ChatPromptError(.message, "a part of \(place) has no text")
        }
        var part = Part(text: text)
        for (name, value) in members where name != "type" && name != "text" {
            let isMedia = mediaWords.contains { name.contains($0) }
            if isMedia || partMembers.contains(name) {
                throw ChatPromptError(isMedia ? .media : .message, "a part of \(place) holds more than a text")
            }
            part.others[name] = value
        }
        return part
    }

    /// Members of parts of other kinds.
    private static let partMembers: Set<String> = [
        "closed", "data", "detail", "name", "prompt_cache_breakpoint", "refusal", "thinking", "tool_reference", "uuid",
    ]
    private static let mediaWords = ["image", "audio", "video", "file", "embeds"]

    /// Calls in the order of members that the engine gives them, with arguments as an object.
    private static func toolCalls(_ calls: [JSONValue], at place: String) throws(ChatPromptError) -> [JSONValue] {
        var read: [JSONValue] = []
        for call in calls {
            guard let call = call.object, let function = call["function"]?.object, let id = call["id"]?.string,
                call["type"]?.string == "function", let name = function["name"]?.string,
                let text = function["arguments"]?.string
            else { throw ChatPromptError(.message, "a tool call of \(place) is not known here") }
            var called = JSONObject()
            called["arguments"] = try arguments(text, at: place)
            called["name"] = .string(name)
            for (name, value) in function where called[name] == nil { called[name] = value }
            var dump = JSONObject()
            dump["id"] = .string(id)
            dump["function"] = .object(called)
            dump["type"] = "function"
            for (name, value) in call where dump[name] == nil { dump[name] = value }
            read.append(.object(dump))
        }
        return read
    }

    private static func arguments(_ text: String, at place: String) throws(ChatPromptError) -> JSONValue {
        if text.isEmpty { return .object(JSONObject()) }
        guard let parsed = try? JSONValue.parse(text), parsed.object != nil else {
            throw ChatPromptError(.message, "the arguments of a tool call of \(place) are no object")
        }
        return parsed
    }
}

extension ChatMessage.Content {
    fileprivate var texts: [String] {
        switch self {
        case .none: []
        case .text(let text): [text]
        case .parts(let parts): parts.map(\.text)
        }
    }
}

extension ChatPromptError {
    /// A name of the request that is short and plain enough to be told.
    static func name(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") || $0.isPlain }
        return isPlain && text.utf8.count <= 40 ? text : "…"
    }
}

extension UInt8 {
    /// A letter or digit of ASCII.
    fileprivate var isPlain: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
