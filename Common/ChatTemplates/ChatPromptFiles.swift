/// The files of a model that say how chats become prompts.
package struct ChatPromptFiles: Sendable {
    /// `tokenizer_config.json`.
    package var tokenizerConfig: [UInt8]
    /// `chat_template.jinja`, where the model has it.
    package var templateFile: [UInt8]?
    /// The files of the folder `additional_chat_templates`, by their names without `.jinja`.
    package var namedTemplates: [String: [UInt8]]
    /// `special_tokens_map.json`, where the model has it.
    package var specialTokensMap: [UInt8]?
    /// `config.json`: without it a model that the engine renders by code of its own is not noticed.
    package var modelConfig: [UInt8]?

    package init(
        tokenizerConfig: [UInt8], templateFile: [UInt8]? = nil, namedTemplates: [String: [UInt8]] = [:],
        specialTokensMap: [UInt8]? = nil, modelConfig: [UInt8]? = nil
    ) {
        self.tokenizerConfig = tokenizerConfig
        self.templateFile = templateFile
        self.namedTemplates = namedTemplates
        self.specialTokensMap = specialTokensMap
        self.modelConfig = modelConfig
    }
}
