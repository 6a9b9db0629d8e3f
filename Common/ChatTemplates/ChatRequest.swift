import JSONValues

/// What of a chat request's body changes the prompt.
struct ChatRequest {
    var messages: [ChatMessage] = []
    var tools: [JSONValue]?
    private var choice: JSONValue = .null
    var documents: JSONValue = .null
    var reasoningEffort: JSONValue?
    /// `chat_template_kwargs` without values that mean none.
    var variables = JSONObject()
    /// Whether `chat_template_kwargs` speaks of `enable_thinking`, with a value or without.
    var namesThinking = false
    var addsGenerationPrompt = true
    var continuesFinalMessage = false
    var addsSpecialTokens = false

    /// The messages as they were met before, where they were looked up.
    private(set) var known: [KnownMessage] = []

    /// Reads a body. Throws for a member that may change the prompt in a way that is not known here.
    init(_ body: [UInt8]) throws(ChatPromptError) {
        try read(body)
        try check()
    }

    /// The same with messages that were met before; they are added to `cache`.
    init(_ body: [UInt8], _ cache: inout ChatMessageCache) throws(ChatPromptError) {
        guard let place = JSONValue.elements(of: "messages", in: body) else {
            try read(body)
            try check()
            return
        }
        try read(body[..<place.list.lowerBound] + Array("[]".utf8) + body[place.list.upperBound...])
        known.reserveCapacity(place.elements.count)
        for (index, range) in place.elements.enumerated() {
            known.append(try cache.message(body, range, at: "messages[\(index)]"))
        }
        messages = known.map(\.message)
        try check()
    }

    private mutating func read(_ body: [UInt8]) throws(ChatPromptError) {
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue.parse(body) } catch { throw ChatPromptError.notJSON }
        guard let members = value.object else { throw ChatPromptError(.refused, "the body is not an object") }
        for (name, value) in members { try read(name, value) }
    }

    private func check() throws(ChatPromptError) {
        try ChatTools.check(choice: choice, among: tools)
        guard !messages.isEmpty else { throw ChatPromptError(.refused, "the request has no messages") }
        if continuesFinalMessage, addsGenerationPrompt {
            throw ChatPromptError(
                .refused, "'continue_final_message' and 'add_generation_prompt' cannot both be true")
        }
    }

    var hasDeveloper: Bool { messages.contains { $0.role == "developer" } }

    /// Forgets the tools where the request wants none called.
    mutating func hideToolsNotToBeCalled() {
        if choice == "none" { tools = nil }
    }

    private mutating func read(_ name: String, _ value: JSONValue) throws(ChatPromptError) {
        switch name {
        case "messages":
            guard let list = value.array else { throw ChatPromptError(.refused, "'messages' is not a list") }
            for (index, message) in list.enumerated() {
                messages.append(try ChatMessage(message, at: "messages[\(index)]"))
            }
        case "tools": tools = try ChatTools.dumped(value)
        case "tool_choice": choice = value
        case "documents": documents = try ChatRequest.documents(value)
        case "reasoning_effort": reasoningEffort = try ChatRequest.effort(value)
        case "chat_template_kwargs": try readVariables(value)
        case "add_generation_prompt": addsGenerationPrompt = try ChatRequest.flag(name, value)
        case "continue_final_message": continuesFinalMessage = try ChatRequest.flag(name, value)
        case "add_special_tokens": addsSpecialTokens = try ChatRequest.flag(name, value)
        case "kv_transfer_params":
            guard value["prompt_token_ids"] == nil else {
                throw ChatPromptError(.request, "'kv_transfer_params' holds the tokens of the prompt")
            }
        default:
            guard ChatRequest.membersWithoutText.contains(name) || value.isNull else {
                throw ChatPromptError(
                    .request, "the request has a member that is not known here: '\(ChatPromptError.name(name))'")
            }
        }
    }

    private mutating func readVariables(_ value: JSONValue) throws(ChatPromptError) {
        if value.isNull { return }
        guard let members = value.object else {
            throw ChatPromptError(.refused, "'chat_template_kwargs' is not an object")
        }
        namesThinking = members["enable_thinking"] != nil
        try ChatRequest.check(variables: members)
        for (name, value) in members {
            if value == .null || value == "auto" { continue }
            variables[name] = value
        }
    }

    /// Throws for a variable that a template does not get as it is.
    static func check(variables: JSONObject) throws(ChatPromptError) {
        for name in variables.keys where reservedVariables.contains(name) || name.hasPrefix("_") {
            throw ChatPromptError(
                .request, "'chat_template_kwargs' sets '\(ChatPromptError.name(name))', which is not known here")
        }
    }

    private static func flag(_ name: String, _ value: JSONValue) throws(ChatPromptError) -> Bool {
        guard let flag = value.bool else { throw ChatPromptError(.request, "'\(name)' is neither true nor false") }
        return flag
    }

    private static func effort(_ value: JSONValue) throws(ChatPromptError) -> JSONValue? {
        if value.isNull { return nil }
        guard let effort = value.string, efforts.contains(effort) else {
            throw ChatPromptError(.refused, "'reasoning_effort' is none that the engine takes")
        }
        return value
    }

    private static let efforts: Set<String> = ["none", "minimal", "low", "medium", "high", "xhigh", "max"]

    private static func documents(_ value: JSONValue) throws(ChatPromptError) -> JSONValue {
        if value.isNull { return value }
        let isKnown = value.array?.allSatisfy { document in
            document.object?.allSatisfy { $0.value.string != nil } ?? false
        }
        guard isKnown == true else {
            throw ChatPromptError(.refused, "'documents' is not a list of objects with texts")
        }
        return value
    }
}
