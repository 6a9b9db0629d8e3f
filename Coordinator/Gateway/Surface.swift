import HTTPWire

/// What kind of request a path is for, as far as the router treats them apart.
enum Surface: Sendable {
    case chat
    case completions
    /// OpenAI's Responses.
    case responses
    /// Anthropic's Messages.
    case messages
    /// Anything that generates nothing: embeddings, scores, tokens, and paths that are not known.
    case other

    init(path: String) {
        self =
            switch path {
            case "/v1/chat/completions": .chat
            case "/v1/completions": .completions
            case "/v1/responses": .responses
            case "/v1/messages": .messages
            default: .other
            }
    }

    /// Paths without `/v1` that engines serve and that name their model in the body.
    private static let unversioned: Set<String> = ["/tokenize", "/detokenize", "/rerank", "/v2/rerank", "/score"]

    /// Paths that metrics tell apart; the rest is one.
    static let counted =
        [
            "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages",
            "/v1/messages/count_tokens", "/v1/rerank", "/v1/score",
        ] + unversioned

    /// The path belongs to the API that ModelRoutes route.
    static func isRouted(_ path: String) -> Bool {
        let isVersioned = unsafe path.utf8.withContiguousStorageIfAvailable { bytes in
            unsafe bytes.count >= 4 && bytes[0] == UInt8(ascii: "/") && bytes[1] == UInt8(ascii: "v")
                && bytes[2] == UInt8(ascii: "1") && bytes[3] == UInt8(ascii: "/")
        }
        return isVersioned ?? path.hasPrefix("/v1/") || unversioned.contains(path)
    }

    /// The answer is generated token by token from a prompt, so that a prefill engine can do a part of it.
    var generates: Bool { self != .other }

    /// The body has something that may be a prompt.
    func hasPrompt(_ members: JSONMembers) -> Bool {
        guard generates else { return true }
        if members[.messages]?.kind == .array { return true }
        if let input = members[.input]?.kind, input == .array || input == .string { return true }
        switch members[.prompt]?.kind {
        case .array, .string: return true
        // One that is kept elsewhere.
        case .object: return self == .responses
        case .number, .yes, .no, .null, nil: return false
        }
    }

    /// A stream of it tells its usage only when it is asked with `stream_options`.
    var asksForUsage: Bool { self == .chat || self == .completions }

    /// The answer may tell its usage long before its end.
    var tellsUsageFirst: Bool { self == .messages || self == .other }

    /// Members that bound the output, the one that counts first.
    var outputLimits: [JSONMembers.Key] {
        switch self {
        case .chat: [.maxCompletionTokens, .maxTokens]
        case .completions, .messages: [.maxTokens]
        case .responses: [.maxOutputTokens]
        case .other: []
        }
    }

    /// The most output tokens that a request allows; nil where it does not say.
    func outputLimit(_ members: JSONMembers, in body: Span<UInt8>) -> Int? {
        guard generates else { return 0 }
        for member in outputLimits {
            if let limit = members.integer(member, in: body) { return max(0, limit) }
        }
        return nil
    }
}
