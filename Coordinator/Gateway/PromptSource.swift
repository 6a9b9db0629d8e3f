import HTTPWire
import KVBlocks

/// How the tokens of a request's prompt are come by.
struct PromptSource: Sendable {
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
    /// The prompt where its tokens may be made here.
    var local: LocalPrompt?

    /// Nil when the tokens of this request cannot be known: several prompts at once, media, tools of another interface.
    init?(
        _ surface: Surface, body bytes: [UInt8], members: JSONMembers, model: String, adapter: String?, blockSize: Int
    ) {
        let body = bytes.span
        namespace = ChainNamespace(adapter: adapter ?? "", salt: members.string(.cacheSalt, in: body) ?? "")
        var question = TokenQuestion(model: model, members: members, body)
        switch surface {
        case .chat:
            guard question.addChat(body) else { return nil }
            way = .ask([])
            local = .chat(bytes)
        case .messages, .responses:
            // vLLM takes no salt with Messages.
            guard surface == .responses || namespace.salt.isEmpty, question.addConverted(body) else { return nil }
            way = .ask([])
        case .completions:
            guard let prompt = members[.prompt] else { return nil }
            question.copy(.prompt, body)
            question.copy(.addSpecialTokens, body)
            switch prompt.kind {
            case .string:
                way = .ask([])
                local = .completion(bytes, members)
            case .array:
                guard let tokens = TokenArray.parse(body, prompt.value) else { return nil }
                way = .given(tokens)
            default: return nil
            }
        case .other: return nil
        }
        question.close()
        key = PromptCache.Key(question.bytes, namespace, blockSize: blockSize)
        guard case .ask = way else { return }
        way = .ask(question.bytes)
        // The chat that an engine makes of other interfaces is the question's.
        if surface == .messages || surface == .responses { local = .chat(question.bytes) }
    }

    func chain(_ tokens: [UInt32], blockSize: Int) -> PromptChain {
        PromptChain(
            tokenCount: tokens.count, blockSize: blockSize,
            hashes: BlockChain.hashes(of: tokens, blockSize: blockSize, namespace: namespace))
    }
}
