import HTTPWire
import KVBlocks

/// How the tokens of a request's prompt are come by.
struct PromptSource {
    enum Way: Sendable, Hashable {
        /// The request itself has them.
        case given([UInt32])
        /// An engine is asked with this body.
        case ask([UInt8])
    }

    var way: Way
    /// What decides the tokens and their chain.
    var key: PromptCache.Key
    var namespace: ChainNamespace

    /// Members that change how a chat becomes a prompt.
    private static let chatMembers: [JSONMembers.Key] = [
        .messages, .tools, .documents, .chatTemplate, .chatTemplateKwargs, .continueFinalMessage, .addSpecialTokens,
    ]

    /// Parts of messages that are not text, which tokens alone do not identify.
    private static let media = [
        "\"image_url\"", "\"input_audio\"", "\"audio_url\"", "\"video_url\"", "\"input_image\"",
    ]

    /// Nil when the tokens of this request cannot be known: several prompts at once, media, another interface.
    init?(
        path: String, body: Span<UInt8>, members: JSONMembers, model: String, adapter: String?, blockSize: Int
    ) {
        namespace = ChainNamespace(adapter: adapter ?? "", salt: members.string(.cacheSalt, in: body) ?? "")
        var request: [UInt8] = Array("{\"model\":".utf8) + JSONText.quoted(model)
        func copy(_ key: JSONMembers.Key) {
            guard let member = members[key] else { return }
            request += [UInt8(ascii: ",")] + JSONText.quoted(key.text) + [UInt8(ascii: ":")]
            request += body.extracting(member.value).copied
        }
        if path.hasSuffix("/chat/completions") {
            guard let messages = members[.messages], messages.kind == .array else { return nil }
            let text = body.extracting(messages.value)
            if Self.media.contains(where: { BytePattern.isFound($0, in: text) }) { return nil }
            for key in Self.chatMembers { copy(key) }
            if members[.addGenerationPrompt] != nil {
                copy(.addGenerationPrompt)
            } else {
                request += Array(",\"add_generation_prompt\":true".utf8)
            }
            way = .ask([])
        } else {
            guard path.hasSuffix("/completions"), let prompt = members[.prompt] else { return nil }
            copy(.prompt)
            copy(.addSpecialTokens)
            switch prompt.kind {
            case .string: way = .ask([])
            case .array:
                guard let tokens = TokenArray.parse(body, prompt.value) else { return nil }
                way = .given(tokens)
            default: return nil
            }
        }
        request.append(UInt8(ascii: "}"))
        key = PromptCache.Key([
            request, Array(namespace.adapter.utf8), Array(namespace.salt.utf8), [UInt8(blockSize & 255)],
        ])
        if case .ask = way { way = .ask(request) }
    }

    func chain(_ tokens: [UInt32], blockSize: Int) -> PromptChain {
        PromptChain(
            tokenCount: tokens.count, blockSize: blockSize,
            hashes: BlockChain.hashes(of: tokens, blockSize: blockSize, namespace: namespace))
    }
}
