import ChatTemplates
import JSONValues
import ModelFiles
import Tokens

/// What prompts become ids with: the stand-in for a tokenizer, or a model's own files. Answers are the stand-in's words
/// either way.
package struct PromptTokens: Sendable {
    private struct Files: Sendable {
        var tokenizer: Tokens.Tokenizer
        var chats: ChatPrompts?
    }

    private let files: Files?

    package static let standIn = PromptTokens()

    private init() { files = nil }

    /// Reads the files of a folder.
    init(folder: String) throws(SimulatorError) {
        do {
            let read = try ModelFolder(folder).read()
            let chats = read[.configuration].flatMap {
                try? ChatPrompts(tokenizerConfig: $0, templateFile: read[.template])
            }
            files = Files(tokenizer: try Tokens.Tokenizer(file: read.tokenizer), chats: chats)
        } catch {
            throw SimulatorError("--tokenizer: \(error)")
        }
    }

    func ids(_ text: String, _ body: JSONValue) -> [UInt32] {
        guard let files else { return Tokenizer.standard.encode(text) }
        var encoder = TokenEncoder(files.tokenizer)
        return encoder.encode(text, framed: body["add_special_tokens"]?.bool ?? true)
    }

    /// The ids of a chat; `messages` are those of `body`.
    func ids(_ messages: [ChatMessage], _ body: JSONValue) throws(APIError) -> [UInt32] {
        guard let files else {
            return ChatTemplate.ids(messages, opensAnswer: body["add_generation_prompt"]?.bool ?? true)
        }
        guard let chats = files.chats, let chat = try? chats.render(body.bytes(), now: nil) else {
            throw .badRequest("The chat template refuses the conversation.", "messages")
        }
        var encoder = TokenEncoder(files.tokenizer)
        return encoder.encode(String(decoding: chat.text, as: UTF8.self), framed: chat.addsSpecialTokens)
    }
}
