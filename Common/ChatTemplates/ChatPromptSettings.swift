package import JSONValues

/// How an engine was told to make prompts of chats; without a word it takes what the model's files say.
package struct ChatPromptSettings: Sendable {
    /// The text of `--chat-template`, which stands in for every template of the model.
    package var template: [UInt8]?
    /// Whether `--chat-template-content-format` gives contents to the template as parts (`openai`), or as one text
    /// (`string`); nil where the engine finds out (`auto`).
    package var takesParts: Bool?
    /// `--default-chat-template-kwargs`.
    package var variables: JSONObject
    /// `--exclude-tools-when-tool-choice-none`.
    package var hidesToolsNotToBeCalled: Bool

    package init(
        template: [UInt8]? = nil, takesParts: Bool? = nil, variables: JSONObject = JSONObject(),
        hidesToolsNotToBeCalled: Bool = false
    ) {
        self.template = template
        self.takesParts = takesParts
        self.variables = variables
        self.hidesToolsNotToBeCalled = hidesToolsNotToBeCalled
    }
}
