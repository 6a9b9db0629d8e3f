import HTTPWire
import JSONValues

/// The text of a request's prompt: chat messages in ChatML, each with its role, anything else as it stands.
enum PromptText {
    /// At most the first `bytesMax` bytes; empty where the request has no text.
    static func rendered(_ members: JSONMembers, _ body: Span<UInt8>, bytesMax: Int) -> [UInt8] {
        if let messages = value(.messages, members, body)?.array {
            var text: [UInt8] = []
            for message in messages where text.count < bytesMax {
                text += "<|im_start|>\(message["role"]?.string ?? "")\n\(content(message["content"]))<|im_end|>\n".utf8
            }
            return Array(text.prefix(bytesMax))
        }
        for key in [JSONMembers.Key.prompt, .input] {
            if let text = members.string(key, in: body) { return Array(text.utf8.prefix(bytesMax)) }
        }
        return []
    }

    private static func value(_ key: JSONMembers.Key, _ members: JSONMembers, _ body: Span<UInt8>) -> JSONValue? {
        guard let member = members[key] else { return nil }
        return try? JSONValue.parse(body.extracting(member.value).copied)
    }

    /// Of a list of blocks, the text of those that are text.
    private static func content(_ value: JSONValue?) -> String {
        if let text = value?.string { return text }
        return (value?.elements ?? []).compactMap { $0["text"]?.string }.joined()
    }
}
