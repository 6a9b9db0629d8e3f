import HTTPWire

/// The body that asks an engine for the tokens of a request's prompt, put together from the request's own bytes.
struct TokenQuestion {
    /// Members that change how a chat becomes a prompt.
    private static let chatMembers: [JSONMembers.Key] = [
        .messages, .tools, .documents, .chatTemplate, .chatTemplateKwargs, .continueFinalMessage, .addSpecialTokens,
    ]

    /// Parts of messages that are not text, which tokens alone do not identify.
    private static let media = [
        "\"image_url\"", "\"input_audio\"", "\"audio_url\"", "\"video_url\"", "\"input_image\"",
    ]

    private static let opens = Array(",\"add_generation_prompt\":true".utf8)

    private let members: JSONMembers
    private var question: [UInt8]

    init(model: String, members: JSONMembers) {
        self.members = members
        question = Array("{\"model\":".utf8) + JSONText.quoted(model)
    }

    var bytes: [UInt8] { question + [UInt8(ascii: "}")] }

    mutating func copy(_ key: JSONMembers.Key, _ body: Span<UInt8>) {
        guard let member = members[key] else { return }
        question += [UInt8(ascii: ",")] + JSONText.quoted(key.text) + [UInt8(ascii: ":")]
        question += body.extracting(member.value).copied
    }

    /// Adds a chat as it is; false where its tokens cannot be known.
    mutating func addChat(_ body: Span<UInt8>) -> Bool {
        guard let messages = members[.messages], messages.kind == .array else { return false }
        let text = body.extracting(messages.value)
        if Self.media.contains(where: { BytePattern.isFound($0, in: text) }) { return false }
        for key in Self.chatMembers { copy(key, body) }
        if members[.addGenerationPrompt] != nil { copy(.addGenerationPrompt, body) } else { question += Self.opens }
        return true
    }

    /// Adds the chat that an engine makes of a request to Messages or Responses; false where that is not known.
    mutating func addConverted(_ body: Span<UInt8>) -> Bool {
        for key in [JSONMembers.Key.tools, .previousResponseID] {
            if let member = members[key], member.kind != .null { return false }
        }
        guard let messages = ChatMessages.array(of: body, members) else { return false }
        question += Array(",\"messages\":".utf8) + messages
        copy(.chatTemplateKwargs, body)
        question += Self.opens
        return true
    }
}
