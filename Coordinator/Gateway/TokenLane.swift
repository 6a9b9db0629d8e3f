import ChatTemplates
import HTTPWire
import Tokens

/// What one caller at a time makes tokens with: the words, messages and texts it met before.
struct TokenLane: ~Copyable {
    private var encoder: TokenEncoder
    private var cache: TokenPrefixCache
    private var messages: ChatMessageCache

    /// `cacheBytesMax` bounds the texts that are kept, and half of it the messages.
    init(_ tokenizer: Tokenizer, cacheBytesMax: Int) {
        encoder = TokenEncoder(tokenizer)
        cache = TokenPrefixCache(bytesMax: cacheBytesMax)
        messages = ChatMessageCache(bytesMax: cacheBytesMax / 2)
    }

    /// The tokens of a prompt; nil where an engine has to be asked. `chats` is nil for a model without a template.
    mutating func tokens(of prompt: LocalPrompt, _ chats: ChatPrompts?) -> [UInt32]? {
        switch prompt {
        case .text(let body, let member, let framed):
            return JSONText.bytes(of: body.span, member).flatMap { try? tokens(of: $0, framed: framed) }
        case .chat(let body):
            guard let chats, let chat = try? chats.render(body, now: .utcNow, cache: &messages) else { return nil }
            return try? tokens(of: chat.text, framed: chat.addsSpecialTokens)
        }
    }

    /// The tokens of a text in UTF-8; fails for other bytes.
    private mutating func tokens(of text: [UInt8], framed: Bool) throws(TokenizerError) -> [UInt32] {
        var tokens: [UInt32] = []
        tokens.reserveCapacity(text.count / 3 + 8)
        try cache.encode(text, with: &encoder, framed: framed, into: &tokens)
        return tokens
    }
}
