import JSONValues

/// Makes the prompts of chat requests as the engine does, from the files of a model's tokenizer.
///
/// 1. A prompt is exact or there is none: what is not known to give the engine's own text is refused.
/// 2. Where versions of the engine differ, the text of each is made, and they must be the same.
/// 3. Nothing about an engine is guessed: its settings for chats are given, or are those it has by itself.
package struct ChatPrompts: Sendable {
    private let templates: [String: PromptTemplate]
    private let hidesToolsNotToBeCalled: Bool

    /// Reads `tokenizer_config.json` and, where the model has one, `chat_template.jinja`.
    ///
    /// Throws for files without a usable template.
    package init(tokenizerConfig: [UInt8], templateFile: [UInt8]?) throws(ChatPromptError) {
        try self.init(ChatPromptFiles(tokenizerConfig: tokenizerConfig, templateFile: templateFile))
    }

    /// Reads all files of a model that matter for its prompts. Throws for files and settings without a usable template.
    package init(
        _ files: ChatPromptFiles, settings: ChatPromptSettings = ChatPromptSettings()
    ) throws(ChatPromptError) {
        try EngineRendering.check(files)
        let config = try TokenizerConfig(files)
        var texts = config.templates.filter { $0.key == "default" || $0.key == "tool_use" }
        if let processor = config.processorTemplate, processor != texts["default"] { texts["processor"] = processor }
        if let template = settings.template {
            guard let text = String(validating: template, as: UTF8.self) else {
                throw ChatPromptError(.files, "the engine's own chat template is not UTF-8")
            }
            texts = ["default": text]
        }
        var templates: [String: PromptTemplate] = [:]
        for (name, text) in texts { templates[name] = try PromptTemplate(text, config, settings) }
        guard !templates.isEmpty else { throw ChatPromptError(.files, "the model's files hold no default template") }
        self.templates = templates
        hidesToolsNotToBeCalled = settings.hidesToolsNotToBeCalled
    }

    /// The prompt of a body of `POST /v1/chat/completions`.
    ///
    /// - Parameters:
    ///   - request: the body as the engine gets it.
    ///   - now: the engine's local time, for templates that print the date; those are refused where it is nil.
    package func render(
        _ request: [UInt8], now: TemplateDate?, limits: TemplateLimits = TemplateLimits()
    ) throws(ChatPromptError) -> ChatPrompt {
        try render(try ChatRequest(request), now, limits)
    }

    /// The same prompt, with less work where messages of the request are in `cache`, which takes up the others.
    package func render(
        _ request: [UInt8], now: TemplateDate?, limits: TemplateLimits = TemplateLimits(),
        cache: inout ChatMessageCache
    ) throws(ChatPromptError) -> ChatPrompt {
        try render(try ChatRequest(request, &cache), now, limits)
    }

    private func render(
        _ request: ChatRequest, _ now: TemplateDate?, _ limits: TemplateLimits
    ) throws(ChatPromptError) -> ChatPrompt {
        var request = request
        if hidesToolsNotToBeCalled { request.hideToolsNotToBeCalled() }
        var text: [UInt8]?
        for template in try candidates(for: request) {
            for assumption in template.assumptions(for: request) {
                let made = try template.text(of: request, assumption, now: now, limits: limits)
                guard text == nil || text == made else {
                    throw ChatPromptError(.request, "engines make different prompts of this request")
                }
                text = made
            }
        }
        guard let text else {
            throw ChatPromptError(.template, "the engine does not come to an end with this template")
        }
        return ChatPrompt(text: text, addsSpecialTokens: request.addsSpecialTokens)
    }

    /// The templates that the engine may take: where no tools are told, that of a processor of media is the first, if
    /// the engine can load one.
    private func candidates(for request: ChatRequest) throws(ChatPromptError) -> [PromptTemplate] {
        let usual = request.tools == nil ? nil : templates["tool_use"]
        let candidates = [request.tools == nil ? templates["processor"] : nil, usual ?? templates["default"]]
        let found = candidates.compactMap { $0 }
        if found.isEmpty { throw ChatPromptError(.refused, "the model has no template for such a request") }
        return found
    }
}
