import JSONValues

/// One template of a model, with what the engine finds out about it.
struct PromptTemplate {
    /// In what versions of the engine differ.
    struct Assumption {
        var format: ContentFormat
        /// 0.32 hands members of parts that it does not know to the template.
        var keepsPartMembers: Bool
    }

    private let template: ChatTemplate
    private let formats: [ContentFormat]
    private let specialTokens: [String: String]
    private let settings: JSONObject
    /// The template knows messages of developers.
    private let isForDevelopers: Bool

    init(_ text: String, _ config: TokenizerConfig, _ settings: ChatPromptSettings) throws(ChatPromptError) {
        do throws(TemplateError) { template = try ChatTemplate(text) } catch { throw ChatPromptError(reading: error) }
        let given = settings.takesParts.map { [$0 ? ContentFormat.openai : .string] }
        formats = given ?? Array(ContentFormat.detected(in: template))
        try ChatRequest.check(variables: settings.variables)
        self.settings = settings.variables
        specialTokens = config.specialTokens
        isForDevelopers = text.contains("'developer'") || text.contains("\"developer\"")
        if let silent = template.names.first(where: config.silentTokens.contains) {
            throw ChatPromptError(.files, "the template reads '\(silent)', which the model's files do not tell")
        }
    }

    func assumptions(for request: ChatRequest) -> [Assumption] {
        let hasOthers = request.messages.contains(where: \.hasOthers)
        return formats.flatMap { format in
            (format == .openai && hasOthers ? [true, false] : [true]).map {
                Assumption(format: format, keepsPartMembers: $0)
            }
        }
    }

    func text(
        of request: ChatRequest, _ assumption: Assumption, now: TemplateDate?, limits: TemplateLimits
    ) throws(ChatPromptError) -> [UInt8] {
        let variables = variables(of: request)
        let isPlain = !request.continuesFinalMessage && (isForDevelopers || !request.hasDeveloper)
        do throws(TemplateError) {
            if isPlain, !request.known.isEmpty {
                var messages: [Value] = []
                messages.reserveCapacity(request.known.count)
                for known in request.known { messages.append(try known.value(assumption)) }
                return try template.render(variables([]), messages: messages, now: now, limits: limits)
            }
            var messages = request.messages.map { $0.value(assumption) }
            if !isForDevelopers { DeveloperMessages.replace(in: &messages) }
            guard request.continuesFinalMessage else {
                return try template.render(variables(messages), now: now, limits: limits)
            }
            let continued = try ContinuedMessage(&messages[messages.count - 1], of: template)
            return try continued.cut(try template.render(variables(messages), now: now, limits: limits))
        } catch {
            throw ChatPromptError(rendering: error)
        }
    }

    /// Special tokens, then what the engine was told, then what the request sets, then what is always there.
    private func variables(of request: ChatRequest) -> ([JSONValue]) -> JSONObject {
        var variables = JSONObject()
        for (name, token) in specialTokens { variables[name] = .string(token) }
        for (name, value) in settings { variables[name] = value }
        for (name, value) in request.variables { variables[name] = value }
        if let effort = request.reasoningEffort {
            variables["reasoning_effort"] = effort
            if !request.namesThinking { variables["enable_thinking"] = .bool(effort != "none") }
        }
        variables["tools"] = request.tools.map { .array($0) } ?? .null
        variables["documents"] = request.documents
        variables["add_generation_prompt"] = .bool(request.addsGenerationPrompt)
        return { messages in
            var all = variables
            all["messages"] = .array(messages)
            return all
        }
    }
}

extension ChatPromptError {
    /// Why a text is not a template that can be used here.
    init(reading error: TemplateError) { self.init(error.kind == .limit ? .limit : .template, error.description) }

    /// Why a template gave no text. Only the line is told: what is at fault may have come from the conversation.
    init(rendering error: TemplateError) {
        let place = "line \(error.line) of the chat template"
        switch error.kind {
        case .raised: self.init(.refused, "\(place) refuses this conversation")
        case .failed: self.init(.refused, "\(place) fails on this conversation")
        case .syntax, .unsupported: self.init(.template, "\(place) needs something that is not known here")
        case .limit: self.init(.limit, "the chat template takes too long or prints too much at line \(error.line)")
        }
    }
}
