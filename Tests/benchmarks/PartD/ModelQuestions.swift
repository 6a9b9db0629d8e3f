import ChatTemplates
import JSONValues
import Synchronization
import Tokens

/// What an engine says to `/tokenize`, from the files of a model, and how often it was asked.
final class ModelQuestions: Sendable {
    static let configuration = #"{"eos_token":"<|im_end|>","tokenizer_class":"PreTrainedTokenizerFast"}"#
    static let template = """
        {%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' }}
        {%- if message.content is string %}{{- message.content }}
        {%- else %}{%- for part in message.content %}{{- part.text }}{%- endfor %}{%- endif %}
        {{- '<|im_end|>\\n' }}{%- endfor %}
        {%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}
        """

    private let tokenizer: Tokenizer
    private let chats: ChatPrompts
    private let asked = Atomic(0)

    init(_ tokenizer: Tokenizer) throws {
        self.tokenizer = tokenizer
        chats = try ChatPrompts(
            tokenizerConfig: Array(Self.configuration.utf8), templateFile: Array(Self.template.utf8))
    }

    var count: Int { asked.load(ordering: .relaxed) }

    /// Nil for a question that is refused.
    func tokens(_ question: [UInt8]) -> [UInt32]? {
        asked.wrappingAdd(1, ordering: .relaxed)
        guard let members = try? JSONValue.parse(question) else { return nil }
        var encoder = TokenEncoder(tokenizer)
        if let prompt = members["prompt"]?.string {
            return encoder.encode(prompt, framed: members["add_special_tokens"]?.bool ?? true)
        }
        guard let chat = try? chats.render(question, now: nil) else { return nil }
        var ids: [UInt32] = []
        try? encoder.encode(chat.text, framed: chat.addsSpecialTokens, into: &ids)
        return ids
    }
}
