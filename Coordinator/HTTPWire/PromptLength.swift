/// How long the prompt of a request is, estimated from its text as Kthena's limits do: a quarter of its characters, a
/// chat rendered with `<|im_start|>role`, a line end, the content, `<|im_end|>` and a line end for each message.
package struct PromptLength: PromptVisitor {
    private static let charactersPerToken = 4
    /// `<|im_start|>`, `<|im_end|>` and two line ends.
    private static let messageFrame = 24
    private static let systemRole = "system".utf8.count

    private var characters = 0

    private init() {}

    /// Tokens of the prompt of a scanned body; nil when it has no member that is known to be one.
    package static func tokens(of body: Span<UInt8>, _ members: JSONMembers) -> Int? {
        var walk = PromptWalk(visitor: PromptLength())
        guard walk.walk(body, members) else { return nil }
        return (walk.visitor.characters + charactersPerToken - 1) / charactersPerToken
    }

    var isFull: Bool { false }

    mutating func begin(role: Range<Int>?, _ body: Span<UInt8>) {
        characters += Self.messageFrame
        characters += role.map { JSONText.characters(body, $0) } ?? Self.systemRole
    }

    mutating func text(_ inside: Range<Int>, _ body: Span<UInt8>) { characters += JSONText.characters(body, inside) }

    mutating func token() { characters += Self.charactersPerToken }

    mutating func other(_ part: Range<Int>, _ body: Span<UInt8>) {}

    mutating func end(_ body: Span<UInt8>) {}
}
