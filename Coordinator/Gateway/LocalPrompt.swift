import HTTPWire

/// A prompt whose tokens can be made here, as it stands in a request.
enum LocalPrompt: Sendable {
    /// What is trusted apart: a template may be unknown where the tokenizer is known.
    enum Kind: String, Sendable, CaseIterable { case text, chat }

    /// A member of a body that is a string, quotes included; `framed` puts the tokenizer's own tokens around it.
    case text(body: [UInt8], member: Range<Int>, framed: Bool)
    /// A body of `/v1/chat/completions`, or of `/tokenize` with a chat.
    case chat([UInt8])

    var kind: Kind {
        switch self {
        case .text: .text
        case .chat: .chat
        }
    }

    /// Bytes that have to be gone through; texts of templates come on top.
    var byteCount: Int {
        switch self {
        case .text(_, let member, _): member.count
        case .chat(let body): body.count
        }
    }

    /// The first bytes of what is said, as they stand in the body: those that requests of one conversation share,
    /// whatever members stand before.
    func beginning(_ count: Int) -> ArraySlice<UInt8> {
        switch self {
        case .text(let body, let member, _): return body[member].prefix(count)
        case .chat(let body):
            let messages = (try? JSONMembers.scan(body.span))?[.messages]
            return body[(messages?.value.lowerBound ?? 0)...].prefix(count)
        }
    }

    /// The member `prompt` of a completion's body; nil where it is no one text.
    static func completion(_ body: [UInt8], _ members: JSONMembers) -> LocalPrompt? {
        guard let prompt = members[.prompt], prompt.kind == .string else { return nil }
        switch members[.addSpecialTokens]?.kind {
        case nil, .yes: return .text(body: body, member: prompt.value, framed: true)
        case .no: return .text(body: body, member: prompt.value, framed: false)
        default: return nil
        }
    }
}
