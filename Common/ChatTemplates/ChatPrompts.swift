import JSONValues

/// Makes the prompts of chat requests as the engine does, from the files of a model's tokenizer.
///
/// 1. A prompt is exact or there is none: what is not known to give the engine's own text is refused.
/// 2. Where versions of the engine differ, the text of each is made, and they must be the same.
/// 3. The engine is taken to run with its own settings for chats: the model's template, the form of contents that it
///    detects, no variables of its own, tools told even where none may be called.
package struct ChatPrompts: Sendable {
    private let templates: [String: PromptTemplate]

    /// Reads `tokenizer_config.json` and, where the model has one, `chat_template.jinja`.
    ///
    /// Throws for files without a usable template.
    package init(tokenizerConfig: [UInt8], templateFile: [UInt8]?) throws(ChatPromptError) {
        try self.init(ChatPromptFiles(tokenizerConfig: tokenizerConfig, templateFile: templateFile))
    }

    /// Reads all files of a model that matter for its prompts. Throws for files without a usable template.
    package init(_ files: ChatPromptFiles) throws(ChatPromptError) {
        if let config = files.modelConfig { try EngineRendering.check(modelConfig: config) }
        let config = try TokenizerConfig(files)
        var templates: [String: PromptTemplate] = [:]
        for name in ["default", "tool_use"] {
            guard let text = config.templates[name] else { continue }
            templates[name] = try PromptTemplate(text, config)
        }
        guard !templates.isEmpty else { throw ChatPromptError(.files, "the model's files hold no default template") }
        self.templates = templates
    }

    /// The prompt of a body of `POST /v1/chat/completions`.
    ///
    /// - Parameters:
    ///   - request: the body as the engine gets it.
    ///   - now: the engine's local time, for templates that print the date; those are refused where it is nil.
    package func render(
        _ request: [UInt8], now: TemplateDate?, limits: TemplateLimits = TemplateLimits()
    ) throws(ChatPromptError) -> ChatPrompt {
        let request = try ChatRequest(request)
        let toolTemplate = request.tools == nil ? nil : templates["tool_use"]
        guard let template = toolTemplate ?? templates["default"] else {
            throw ChatPromptError(.refused, "the model has a template for requests with tools only")
        }
        var text: [UInt8]?
        for assumption in template.assumptions(for: request) {
            let made = try template.text(of: request, assumption, now: now, limits: limits)
            guard text == nil || text == made else {
                throw ChatPromptError(.request, "versions of the engine make different prompts of this request")
            }
            text = made
        }
        guard let text else {
            throw ChatPromptError(.template, "the engine does not come to an end with this template")
        }
        return ChatPrompt(text: text, addsSpecialTokens: request.addsSpecialTokens)
    }
}
