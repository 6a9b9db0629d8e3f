import HTTPWire
import Tokens

/// What one caller at a time makes tokens with: the words it met before, and the texts.
struct TokenLane: ~Copyable {
    private var encoder: TokenEncoder
    private var cache: TokenPrefixCache

    /// `cacheBytesMax` bounds the texts that are kept.
    init(_ tokenizer: Tokenizer, cacheBytesMax: Int) {
        encoder = TokenEncoder(tokenizer)
        cache = TokenPrefixCache(bytesMax: cacheBytesMax)
    }

    /// The tokens of a text in UTF-8; fails for other bytes.
    mutating func tokens(of text: [UInt8], framed: Bool) throws(TokenizerError) -> [UInt32] {
        var tokens: [UInt32] = []
        tokens.reserveCapacity(text.count / 3 + 8)
        try cache.encode(text, with: &encoder, framed: framed, into: &tokens)
        return tokens
    }
}
