/// What takes the parts of a prompt as a walk comes by them, as ranges of the body.
protocol PromptVisitor {
    /// Nothing more is wanted.
    var isFull: Bool { get }
    /// A message begins; `role` is between its quotes, empty where it has none, nil for the system text beside a chat.
    mutating func begin(role: Range<Int>?, _ body: Span<UInt8>)
    /// The inside of a string that is prompt.
    mutating func text(_ inside: Range<Int>, _ body: Span<UInt8>)
    /// A token that the request gives as a number.
    mutating func token()
    /// A part that is no text.
    mutating func other(_ part: Range<Int>, _ body: Span<UInt8>)
    mutating func end(_ body: Span<UInt8>)
}

/// Goes through the prompt of a request, whichever interface it is written for: a chat's messages with their blocks,
/// texts, tokens, the items of Responses, and the system text that Messages and Responses have beside them.
///
/// 1. Nothing is decoded or copied, and no part is come by twice.
/// 2. Every member that an engine might take for the prompt is walked, so that none hides another.
/// 3. A message's role comes before its content, wherever it stands.
struct PromptWalk<Visitor: PromptVisitor> {
    /// Members with prompt, in the order in which they are one.
    private static var keys: [JSONMembers.Key] { [.system, .instructions, .messages, .prompt, .input] }

    var visitor: Visitor

    /// False where the body has no member that is known to be a prompt.
    mutating func walk(_ body: Span<UInt8>, _ members: JSONMembers) -> Bool {
        var isFound = false
        for key in Self.keys {
            for member in members.members where member.key == key {
                if key == .system {
                    visitor.begin(role: nil, body)
                    texts(member.value, body)
                    visitor.end(body)
                } else {
                    if key != .instructions { isFound = true }
                    list(member.value, body)
                }
            }
        }
        return isFound
    }

    /// A text, or a list of texts, tokens, lists of tokens, messages, blocks.
    private mutating func list(_ value: Range<Int>, _ body: Span<UInt8>) {
        guard ByteSearch.byte(body, value.lowerBound) == UInt8(ascii: "[") else { return texts(value, body) }
        var elements = JSONCursor(value)
        while !visitor.isFull, let element = elements.element(in: body) {
            if ByteSearch.byte(body, element.lowerBound) == UInt8(ascii: "{") {
                message(element, body)
            } else {
                part(element, body)
            }
        }
    }

    /// A text, or a list of texts and blocks.
    private mutating func texts(_ value: Range<Int>, _ body: Span<UInt8>) {
        switch ByteSearch.byte(body, value.lowerBound) {
        case UInt8(ascii: "\""): visitor.text(value.lowerBound + 1..<value.upperBound - 1, body)
        case UInt8(ascii: "["):
            var elements = JSONCursor(value)
            while !visitor.isFull, let element = elements.element(in: body) { part(element, body) }
        default: break
        }
    }

    private mutating func part(_ part: Range<Int>, _ body: Span<UInt8>) {
        switch ByteSearch.byte(body, part.lowerBound) {
        case UInt8(ascii: "\""): visitor.text(part.lowerBound + 1..<part.upperBound - 1, body)
        case UInt8(ascii: "{"): block(part, body)
        case UInt8(ascii: "["):
            var tokens = JSONCursor(part)
            while tokens.element(in: body) != nil { visitor.token() }
        default: visitor.token()
        }
    }

    /// A part of a message's content.
    private mutating func block(_ block: Range<Int>, _ body: Span<UInt8>) {
        var isText = false
        var members = JSONCursor(block)
        while let (name, value) = members.member(in: body) {
            guard PromptName(name, body) == .text, ByteSearch.byte(body, value.lowerBound) == UInt8(ascii: "\"") else {
                continue
            }
            isText = true
            visitor.text(value.lowerBound + 1..<value.upperBound - 1, body)
        }
        if !isText { visitor.other(block, body) }
    }

    /// A message by its role or content, else a block.
    private mutating func message(_ message: Range<Int>, _ body: Span<UInt8>) {
        var role: Range<Int>?
        var waiting: Range<Int>?
        var isBegun = false
        var isText = false
        var members = JSONCursor(message)
        while let (name, value) = members.member(in: body) {
            switch PromptName(name, body) {
            case .role:
                guard ByteSearch.byte(body, value.lowerBound) == UInt8(ascii: "\"") else { continue }
                let inside = value.lowerBound + 1..<value.upperBound - 1
                if isBegun || role != nil { visitor.text(inside, body) } else { role = inside }
            case .content:
                if let earlier = waiting { content(earlier, role, &isBegun, body) }
                waiting = value
                guard role != nil else { continue }
                content(value, role, &isBegun, body)
                waiting = nil
            case .text where ByteSearch.byte(body, value.lowerBound) == UInt8(ascii: "\""):
                isText = true
                visitor.text(value.lowerBound + 1..<value.upperBound - 1, body)
            case .text, nil: break
            }
        }
        if let waiting {
            content(waiting, role, &isBegun, body)
        } else if !isBegun, role != nil {
            visitor.begin(role: role, body)
            isBegun = true
        }
        if isBegun { visitor.end(body) } else if !isText { visitor.other(message, body) }
    }

    private mutating func content(
        _ value: Range<Int>, _ role: Range<Int>?, _ isBegun: inout Bool, _ body: Span<UInt8>
    ) {
        if !isBegun { visitor.begin(role: role ?? value.lowerBound..<value.lowerBound, body) }
        isBegun = true
        texts(value, body)
    }
}

/// The names of members that prompts are made of, written with escapes or not.
private enum PromptName {
    case role, content, text

    private static let roleWord = word("role")
    private static let textWord = word("text")
    private static let contentStart = word("cont")
    private static let contentEnd = word("tent")

    private static func word(_ text: StaticString) -> UInt32 {
        unsafe UnsafeRawPointer(text.utf8Start).loadUnaligned(as: UInt32.self)
    }

    @inline(__always)
    private static func word(_ bytes: Span<UInt8>, _ offset: Int) -> UInt32 {
        unsafe bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self)
    }

    @inline(__always)
    init?(_ inside: Range<Int>, _ body: Span<UInt8>) {
        switch inside.count {
        case 0..<4: return nil
        case 4:
            let word = Self.word(body, inside.lowerBound)
            if word == Self.roleWord {
                self = .role
            } else if word == Self.textWord {
                self = .text
            } else {
                return nil
            }
        case 7
        where Self.word(body, inside.lowerBound) == Self.contentStart
            && Self.word(body, inside.lowerBound + 3) == Self.contentEnd:
            self = .content
        default: self.init(escaped: inside, body)
        }
    }

    private init?(escaped inside: Range<Int>, _ body: Span<UInt8>) {
        guard ByteSearch.first(UInt8(ascii: "\\"), in: body.extracting(inside), from: 0) != nil else { return nil }
        if JSONText.isName("role", inside, in: body) {
            self = .role
        } else if JSONText.isName("text", inside, in: body) {
            self = .text
        } else if JSONText.isName("content", inside, in: body) {
            self = .content
        } else {
            return nil
        }
    }
}
