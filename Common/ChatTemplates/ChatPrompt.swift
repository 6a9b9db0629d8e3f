/// The prompt that an engine makes of a chat request, before it is tokenised.
package struct ChatPrompt: Sendable, Hashable {
    /// The text in UTF-8, special tokens in their written form.
    package let text: [UInt8]
    /// Whether the tokenizer frames the text with its own special tokens; chats have it off unless the request asks.
    package let addsSpecialTokens: Bool

    package init(text: [UInt8], addsSpecialTokens: Bool) {
        self.text = text
        self.addsSpecialTokens = addsSpecialTokens
    }
}
