import HTTPWire
import Routing

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
    /// Bytes of the names that a question may have; more of them cost a copy.
    private static let namesBytes = 512

    private let members: JSONMembers
    private(set) var bytes: [UInt8] = []

    init(model: String, members: JSONMembers, _ body: Span<UInt8>) {
        self.members = members
        bytes.reserveCapacity(body.count + Self.namesBytes)
        bytes += "{\"model\":".utf8
        bytes += JSONText.quoted(model)
    }

    /// The request that asks an engine this question.
    static func request(
        _ body: [UInt8], to endpoint: Endpoint, _ key: UpstreamKey, id: String? = nil
    ) -> UpstreamRequest {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        bytes.append(contentsOf: "POST /tokenize HTTP/1.1\r\nhost: \(endpoint.host):\(endpoint.port)\r\n".utf8)
        if let id { bytes.append(contentsOf: "x-request-id: \(id)\r\n".utf8) }
        bytes.append(contentsOf: "content-type: application/json\r\ncontent-length: \(body.count)\r\n\r\n".utf8)
        return UpstreamRequest(key: key, head: bytes, body: body)
    }

    mutating func close() { bytes.append(UInt8(ascii: "}")) }

    mutating func copy(_ key: JSONMembers.Key, _ body: Span<UInt8>) {
        guard let member = members[key] else { return }
        bytes.append(UInt8(ascii: ","))
        bytes += JSONText.quoted(key.text)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(span: body.extracting(member.value))
    }

    /// Adds a chat as it is; false where its tokens cannot be known.
    mutating func addChat(_ body: Span<UInt8>) -> Bool {
        guard let messages = members[.messages], messages.kind == .array else { return false }
        let text = body.extracting(messages.value)
        if Self.media.contains(where: { BytePattern.isFound($0, in: text) }) { return false }
        for key in Self.chatMembers { copy(key, body) }
        if members[.addGenerationPrompt] != nil { copy(.addGenerationPrompt, body) } else { bytes += Self.opens }
        return true
    }

    /// Adds the chat that an engine makes of a request to Messages or Responses; false where that is not known.
    mutating func addConverted(_ body: Span<UInt8>) -> Bool {
        for key in [JSONMembers.Key.tools, .previousResponseID] {
            if let member = members[key], member.kind != .null { return false }
        }
        guard let messages = ChatMessages.array(of: body, members) else { return false }
        bytes += ",\"messages\":".utf8
        bytes += messages
        copy(.chatTemplateKwargs, body)
        bytes += Self.opens
        return true
    }
}
