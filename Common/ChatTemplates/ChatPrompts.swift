/// Makes the prompts of chat requests as the engine does, from the files of a model's tokenizer.
///
/// What is not known to give the engine's own text is refused: a prompt is exact or there is none.
package struct ChatPrompts: Sendable {
    /// Reads `tokenizer_config.json` and, where the model has one, `chat_template.jinja`.
    ///
    /// Throws for files without a usable template.
    package init(tokenizerConfig: [UInt8], templateFile: [UInt8]?) throws(ChatPromptError) {
        throw ChatPromptError(.files, "no model's files are known here")
    }

    /// The prompt of a body of `POST /v1/chat/completions`.
    ///
    /// - Parameters:
    ///   - request: the body as the engine gets it.
    ///   - now: the engine's local time, for templates that print the date; those are refused where it is nil.
    package func render(
        _ request: [UInt8], now: TemplateDate?, limits: TemplateLimits = TemplateLimits()
    ) throws(ChatPromptError) -> ChatPrompt {
        throw ChatPromptError(.template, "no template is known here")
    }
}
