/// The values of a `tokenizer.json`: texts stay bytes, so that two of them are equal only when their bytes are.
///
/// Texts of all values lie one after the other in `arena`; a value names its part.
struct FileTree {
    indirect enum Node {
        case null
        case bool(Bool)
        /// A whole number; nil for any other number.
        case number(Int?)
        case text(Range<Int>)
        case list([Node])
        case members([(name: Range<Int>, value: Node)])
    }

    let arena: [UInt8]
    let root: Node

    /// Fails with one sentence for anything that is not one JSON value in UTF-8.
    init(_ bytes: [UInt8]) throws(TokenizerError) {
        guard (try? UTF8Span(validating: bytes.span)) != nil else {
            throw TokenizerError("the tokenizer's file is not UTF-8")
        }
        var parser = FileParser(bytes)
        root = try parser.document()
        arena = parser.arena
    }

    /// The member of an object, or nil; of a repeated name the last one counts.
    func member(_ name: String, of node: Node) -> Node? {
        guard case .members(let members) = node else { return nil }
        return members.last { isEqual($0.name, name) }?.value
    }

    /// The member, unless it is missing or null.
    func value(_ name: String, of node: Node) -> Node? {
        guard let node = member(name, of: node) else { return nil }
        if case .null = node { return nil }
        return node
    }

    func bytes(_ node: Node?) -> [UInt8]? {
        guard case .text(let range)? = node else { return nil }
        return Array(arena[range])
    }

    func text(_ node: Node?) -> String? { bytes(node).map { String(decoding: $0, as: UTF8.self) } }

    func flag(_ name: String, of node: Node, default fallback: Bool) throws(TokenizerError) -> Bool {
        guard let node = value(name, of: node) else { return fallback }
        guard case .bool(let value) = node else { throw TokenizerError("'\(name)' is neither true nor false") }
        return value
    }

    func number(_ node: Node?) -> Int? {
        guard case .number(let value)? = node else { return nil }
        return value
    }

    func elements(_ node: Node?) -> [Node] {
        guard case .list(let elements)? = node else { return [] }
        return elements
    }

    /// An id: 32 bits without the highest value, which stands for none.
    func id(_ node: Node?) -> UInt32? {
        guard let value = number(node), value >= 0, value < Int(UInt32.max) else { return nil }
        return UInt32(value)
    }

    private func isEqual(_ range: Range<Int>, _ name: String) -> Bool { arena[range].elementsEqual(name.utf8) }
}
