/// The beginning of a prompt as text: a chat in ChatML, each message with its role, anything else as it stands.
///
/// 1. Reading ends with the message that fills what is asked for, so the rest of a long prompt costs nothing.
/// 2. Of a list of blocks only texts count.
package struct PromptText: PromptVisitor {
    private var text: [UInt8] = []
    private let bytesMax: Int

    private init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// At most the first `bytesMax` bytes of the prompt of a scanned body; empty where it has no text.
    package static func beginning(of body: Span<UInt8>, _ members: JSONMembers, bytesMax: Int) -> [UInt8] {
        var walk = PromptWalk(visitor: PromptText(bytesMax: bytesMax))
        _ = walk.walk(body, members)
        if walk.visitor.text.count > bytesMax { walk.visitor.text.removeLast(walk.visitor.text.count - bytesMax) }
        return walk.visitor.text
    }

    var isFull: Bool { text.count >= bytesMax }

    mutating func begin(role: Range<Int>?, _ body: Span<UInt8>) {
        text.append(literal: "<|im_start|>")
        if let role { text(role, body) } else { text.append(literal: "system") }
        text.append(UInt8(ascii: "\n"))
    }

    mutating func text(_ inside: Range<Int>, _ body: Span<UInt8>) {
        JSONText.append(body, inside, to: &text, bytesMax: bytesMax)
    }

    mutating func token() {}

    mutating func other(_ part: Range<Int>, _ body: Span<UInt8>) {}

    mutating func end(_ body: Span<UInt8>) { text.append(literal: "<|im_end|>\n") }
}
