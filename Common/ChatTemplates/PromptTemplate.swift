import JSONValues

/// One template of a model, with what the engine finds out about it.
struct PromptTemplate {
    /// In what versions of the engine differ.
    struct Assumption {
        var format: ContentFormat
        /// 0.32 makes one text of the parts that a tool gave.
        var joinsToolParts: Bool
        /// 0.32 hands members of parts that it does not know to the template.
        var keepsPartMembers: Bool
        /// 0.32 derives `enable_thinking` from `reasoning_effort`.
        var derivesThinking: Bool
    }

    private let template: ChatTemplate
    private let formats: [ContentFormat]
    private let specialTokens: [String: String]

    init(_ text: String, _ config: TokenizerConfig) throws(ChatPromptError) {
        do throws(TemplateError) { template = try ChatTemplate(text) } catch { throw ChatPromptError(reading: error) }
        formats = Array(ContentFormat.detected(in: template))
        specialTokens = config.specialTokens
        if let silent = template.names.first(where: config.silentTokens.contains) {
            throw ChatPromptError(.files, "the template reads '\(silent)', which the model's files do not tell")
        }
    }

    func assumptions(for request: ChatRequest) -> [Assumption] {
        let hasTool = request.messages.contains { $0.role == "tool" }
        let hasOthers = request.messages.contains(where: \.hasOthers)
        let hasEffort =
            request.reasoningEffort != nil && !request.namesThinking && template.names.contains("enable_thinking")
        var assumptions: [Assumption] = []
        for format in formats {
            for joins in format == .openai && hasTool ? [true, false] : [true] {
                for keeps in format == .openai && hasOthers ? [true, false] : [true] {
                    for derives in hasEffort ? [true, false] : [true] {
                        assumptions.append(
                            Assumption(
                                format: format, joinsToolParts: joins, keepsPartMembers: keeps,
                                derivesThinking: derives))
                    }
                }
            }
        }
        return assumptions
    }

    func text(
        of request: ChatRequest, _ assumption: Assumption, now: TemplateDate?, limits: TemplateLimits
    ) throws(ChatPromptError) -> [UInt8] {
        var messages = request.messages.map { $0.value(assumption) }
        let variables = variables(of: request, assumption)
        do throws(TemplateError) {
            guard request.continuesFinalMessage else {
                return try template.render(variables(messages), now: now, limits: limits)
            }
            let continued = try ContinuedMessage(&messages[messages.count - 1], of: template)
            return try continued.cut(try template.render(variables(messages), now: now, limits: limits))
        } catch {
            throw ChatPromptError(rendering: error)
        }
    }

    /// Special tokens, then what the request sets, then what is always there.
    private func variables(of request: ChatRequest, _ assumption: Assumption) -> ([JSONValue]) -> JSONObject {
        var variables = JSONObject()
        for (name, token) in specialTokens { variables[name] = .string(token) }
        for (name, value) in request.variables { variables[name] = value }
        if let effort = request.reasoningEffort {
            variables["reasoning_effort"] = effort
            if assumption.derivesThinking, !request.namesThinking {
                variables["enable_thinking"] = .bool(effort != "none")
            }
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
