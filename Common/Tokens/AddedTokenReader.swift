/// Reads the added tokens of a file.
struct AddedTokenReader {
    /// Found in the text as it comes.
    private(set) var plain: [AddedTokens.Entry] = []
    /// Found in the text as normalizers leave it.
    private(set) var normalized: [AddedTokens.Entry] = []
    /// Ids by text, of both kinds.
    private(set) var ids: [[UInt8]: UInt32] = [:]

    /// Fails when an id is another one than the reference gives the token: the vocabulary's, or the next free one.
    init(_ tree: FileTree, _ vocabulary: [ArraySlice<UInt8>: UInt32]) throws(TokenizerError) {
        var highest: UInt32?
        for node in tree.elements(tree.value("added_tokens", of: tree.root)) {
            guard let text = tree.bytes(tree.member("content", of: node)),
                let id = tree.id(tree.member("id", of: node))
            else { throw TokenizerError("an added token has no content or no id") }
            if text.isEmpty || ids[text] != nil { continue }
            let next = max(UInt32(vocabulary.count), highest.map { $0 + 1 } ?? 0)
            guard id == vocabulary[text[...]] ?? next else {
                throw TokenizerError("the added token with the id \(id) is not where the vocabulary goes on")
            }
            highest = max(highest ?? 0, id)
            ids[text] = id
            let entry = AddedTokens.Entry(
                text: text, id: id, takesSpaceBefore: try tree.flag("lstrip", of: node, default: false),
                takesSpaceAfter: try tree.flag("rstrip", of: node, default: false),
                isWholeWord: try tree.flag("single_word", of: node, default: false))
            let isSpecial = try tree.flag("special", of: node, default: false)
            if try tree.flag("normalized", of: node, default: !isSpecial) {
                normalized.append(entry)
            } else {
                plain.append(entry)
            }
        }
    }
}
