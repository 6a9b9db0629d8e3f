/// How long the prompt of a request is, estimated from its text as Kthena's limits do: a quarter of its characters, a
/// chat rendered with `<|im_start|>role`, a line end, the content, `<|im_end|>` and a line end for each message.
///
/// 1. Nothing is decoded or copied; characters are counted in the body's bytes.
/// 2. Every member that an engine might take for the prompt counts, so that none hides another.
package struct PromptLength {
    private static let charactersPerToken = 4
    /// `<|im_start|>`, `<|im_end|>` and two line ends.
    private static let messageFrame = 24

    private var characters = 0
    private var isFound = false

    /// Tokens of the prompt of a body that is one JSON object; nil when it has no member that is known to be one.
    package static func tokens(of body: Span<UInt8>) -> Int? {
        guard let open = ByteSearch.first(UInt8(ascii: "{"), in: body, from: 0) else { return nil }
        var length = PromptLength()
        var cursor = JSONCursor(open..<body.count)
        while let (name, value) = cursor.member(in: body) { length.add(name, value, body) }
        guard length.isFound else { return nil }
        return (length.characters + charactersPerToken - 1) / charactersPerToken
    }

    private mutating func add(_ name: Range<Int>, _ value: Range<Int>, _ body: Span<UInt8>) {
        if JSONText.isName("messages", name, in: body) {
            isFound = true
            addMessages(value, body)
        } else if JSONText.isName("prompt", name, in: body) {
            isFound = true
            addTexts(value, body)
        } else if JSONText.isName("input", name, in: body) {
            isFound = true
            if Self.holdsObjects(value, body) { addMessages(value, body) } else { addTexts(value, body) }
        } else if JSONText.isName("system", name, in: body) {
            characters += Self.messageFrame + "system".utf8.count
            addTexts(value, body)
        } else if JSONText.isName("instructions", name, in: body) {
            addTexts(value, body)
        }
    }

    private mutating func addMessages(_ list: Range<Int>, _ body: Span<UInt8>) {
        guard body[list.lowerBound] == UInt8(ascii: "[") else { return }
        var messages = JSONCursor(list)
        while let message = messages.element(in: body) {
            guard body[message.lowerBound] == UInt8(ascii: "{") else {
                addTexts(message, body)
                continue
            }
            characters += Self.messageFrame
            var members = JSONCursor(message)
            while let (name, value) = members.member(in: body) {
                if JSONText.isName("role", name, in: body) || JSONText.isName("content", name, in: body) {
                    addTexts(value, body)
                }
            }
        }
    }

    /// A text, a list of texts or of blocks with a text, a list of tokens or of lists of them.
    private mutating func addTexts(_ value: Range<Int>, _ body: Span<UInt8>) {
        switch body[value.lowerBound] {
        case UInt8(ascii: "\""):
            characters += JSONText.characters(body, value.lowerBound + 1..<value.upperBound - 1)
        case UInt8(ascii: "["):
            var elements = JSONCursor(value)
            while let element = elements.element(in: body) {
                switch body[element.lowerBound] {
                case UInt8(ascii: "{"): addBlock(element, body)
                case UInt8(ascii: "["):
                    var tokens = JSONCursor(element)
                    while tokens.element(in: body) != nil { characters += Self.charactersPerToken }
                case UInt8(ascii: "\""):
                    characters += JSONText.characters(body, element.lowerBound + 1..<element.upperBound - 1)
                default: characters += Self.charactersPerToken
                }
            }
        default: break
        }
    }

    private mutating func addBlock(_ block: Range<Int>, _ body: Span<UInt8>) {
        var members = JSONCursor(block)
        while let (name, value) = members.member(in: body) {
            if JSONText.isName("text", name, in: body), body[value.lowerBound] == UInt8(ascii: "\"") {
                characters += JSONText.characters(body, value.lowerBound + 1..<value.upperBound - 1)
            }
        }
    }

    private static func holdsObjects(_ value: Range<Int>, _ body: Span<UInt8>) -> Bool {
        guard body[value.lowerBound] == UInt8(ascii: "[") else { return false }
        var elements = JSONCursor(value)
        return elements.element(in: body).map { body[$0.lowerBound] == UInt8(ascii: "{") } ?? false
    }
}
