/// The messages of a Messages or Responses request as the chat that vLLM makes of it, for asking an engine for its
/// tokens.
///
/// 1. Texts are taken over as they are written, escapes included.
/// 2. What is no text makes the whole unknown, for its tokens could not be told.
package struct ChatMessages: PromptVisitor {
    /// Begins a block that vLLM leaves out of a system text, because it differs with each request.
    private static let billing = Array("x-anthropic-billing-header".utf8)

    private var output: [UInt8] = []
    private var isWhole = true
    /// The first text outside of messages is instructions; any other is the user's.
    private var hasInstructions: Bool
    private var isInMessage = false
    /// The text beside the chat is one string, whatever its blocks.
    private var isSystem = false
    /// The texts of the message that is open.
    private var parts: [Range<Int>] = []

    private init(hasInstructions: Bool) { self.hasInstructions = hasInstructions }

    /// A JSON array of messages for a scanned body; nil where it has none or something in it is no text.
    package static func array(of body: Span<UInt8>, _ members: JSONMembers) -> [UInt8]? {
        var walk = PromptWalk(visitor: ChatMessages(hasInstructions: members[.instructions]?.kind == .string))
        guard walk.walk(body, members), walk.visitor.isWhole, !walk.visitor.output.isEmpty else { return nil }
        return [UInt8(ascii: "[")] + walk.visitor.output + [UInt8(ascii: "]")]
    }

    var isFull: Bool { !isWhole }

    mutating func begin(role: Range<Int>?, _ body: Span<UInt8>) {
        isInMessage = true
        isSystem = role == nil
        guard let role else { return open("system") }
        // A system message inside a chat is moved to its front, which is more than is done here.
        if role.isEmpty || JSONText.isName("system", role, in: body) { isWhole = false }
        open("")
        output += body.extracting(role).copied
    }

    mutating func text(_ inside: Range<Int>, _ body: Span<UInt8>) {
        if isInMessage {
            if isSystem, body.extracting(inside).copied.starts(with: Self.billing) { return }
            if inside.isEmpty { isWhole = false }
            return parts.append(inside)
        }
        open(hasInstructions ? "system" : "user")
        hasInstructions = false
        parts = [inside]
        close(body)
    }

    mutating func token() { isWhole = false }

    mutating func other(_ part: Range<Int>, _ body: Span<UInt8>) { isWhole = false }

    mutating func end(_ body: Span<UInt8>) {
        isInMessage = false
        close(body)
    }

    private mutating func open(_ role: StaticString) {
        if !output.isEmpty { output.append(UInt8(ascii: ",")) }
        output.append(literal: "{\"role\":\"")
        output.append(literal: role)
    }

    private mutating func close(_ body: Span<UInt8>) {
        output.append(literal: "\",\"content\":")
        if parts.count == 1 || isSystem {
            output.append(UInt8(ascii: "\""))
            for part in parts { output += body.extracting(part).copied }
            output.append(UInt8(ascii: "\""))
        } else if parts.isEmpty {
            isWhole = false
        } else {
            for (index, part) in parts.enumerated() {
                output.append(literal: index == 0 ? "[" : ",")
                output.append(literal: "{\"type\":\"text\",\"text\":\"")
                output += body.extracting(part).copied
                output.append(literal: "\"}")
            }
            output.append(UInt8(ascii: "]"))
        }
        output.append(UInt8(ascii: "}"))
        parts = []
        isSystem = false
    }
}
