/// The beginning of a prompt as text: a chat in ChatML, each message with its role, anything else as it stands.
///
/// 1. Reading ends with the message that fills what is asked for, so the rest of a long prompt costs nothing.
/// 2. Of a list of blocks only texts count.
package struct PromptText {
    private var text: [UInt8] = []
    private let bytesMax: Int

    private init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// At most the first `bytesMax` bytes of the prompt of a body that is one JSON object; empty where it has no text.
    package static func beginning(of body: Span<UInt8>, bytesMax: Int) -> [UInt8] {
        guard let open = ByteSearch.first(UInt8(ascii: "{"), in: body, from: 0) else { return [] }
        var found: [String: Range<Int>] = [:]
        var cursor = JSONCursor(open..<body.count)
        while let (name, value) = cursor.member(in: body) {
            for known in ["system", "instructions", "messages", "prompt", "input"]
            where JSONText.isName(known, name, in: body) {
                found[known] = value
            }
        }
        var prompt = PromptText(bytesMax: bytesMax)
        if let system = found["system"] { prompt.add(Array("system".utf8), system, body) }
        if let instructions = found["instructions"] { prompt.add(instructions, body) }
        if let messages = found["messages"] ?? found["prompt"] ?? found["input"] { prompt.add(messages, body) }
        return Array(prompt.text.prefix(bytesMax))
    }

    private var isFull: Bool { text.count >= bytesMax }

    /// One message.
    private mutating func add(_ role: [UInt8], _ content: Range<Int>?, _ body: Span<UInt8>) {
        text += Array("<|im_start|>".utf8) + role + [UInt8(ascii: "\n")]
        if let content { add(content, body) }
        text += Array("<|im_end|>\n".utf8)
    }

    /// A text, or a list of texts, of blocks with a text, of messages.
    private mutating func add(_ value: Range<Int>, _ body: Span<UInt8>) {
        switch body[value.lowerBound] {
        case UInt8(ascii: "\""): text += Self.string(value, body)
        case UInt8(ascii: "["):
            var elements = JSONCursor(value)
            while !isFull, let element = elements.element(in: body) {
                switch body[element.lowerBound] {
                case UInt8(ascii: "\""): text += Self.string(element, body)
                case UInt8(ascii: "{"): addObject(element, body)
                default: break
                }
            }
        default: break
        }
    }

    /// A message by its role, else a block.
    private mutating func addObject(_ object: Range<Int>, _ body: Span<UInt8>) {
        var members = JSONCursor(object)
        var role: Range<Int>?
        var content: Range<Int>?
        var block: Range<Int>?
        while let (name, value) = members.member(in: body) {
            if JSONText.isName("role", name, in: body) { role = value }
            if JSONText.isName("content", name, in: body) { content = value }
            if JSONText.isName("text", name, in: body) { block = value }
        }
        if let role {
            add(Self.string(role, body), content, body)
        } else if let block {
            text += Self.string(block, body)
        }
    }

    private static func string(_ value: Range<Int>, _ body: Span<UInt8>) -> [UInt8] {
        guard value.count >= 2, body[value.lowerBound] == UInt8(ascii: "\"") else { return [] }
        return JSONText.unescape(body, value.lowerBound + 1..<value.upperBound - 1) ?? []
    }
}
