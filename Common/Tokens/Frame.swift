/// The tokens that are put around a text when special tokens are asked for.
struct Frame: Sendable {
    var before: [UInt32] = []
    var after: [UInt32] = []

    /// Reads a post-processor; fails for one that is not known.
    init(_ tree: FileTree) throws(TokenizerError) {
        if let node = tree.value("post_processor", of: tree.root) { try read(node, tree, depth: 0) }
    }

    private mutating func read(_ node: FileTree.Node, _ tree: FileTree, depth: Int) throws(TokenizerError) {
        switch tree.text(tree.member("type", of: node)) ?? "" {
        // Moves offsets only.
        case "ByteLevel": break
        case "Sequence" where depth == 0:
            for step in tree.elements(tree.member("processors", of: node)) { try read(step, tree, depth: 1) }
        case "TemplateProcessing": try readTemplate(node, tree)
        case let other: throw TokenizerError("the post-processor '\(other)' is not known")
        }
    }

    private mutating func readTemplate(_ node: FileTree.Node, _ tree: FileTree) throws(TokenizerError) {
        var isAfter = false
        var first: [UInt32] = []
        var last: [UInt32] = []
        for piece in tree.elements(tree.member("single", of: node)) {
            if tree.value("Sequence", of: piece) != nil {
                if isAfter { throw TokenizerError("the post-processor's template repeats the text") }
                isAfter = true
                continue
            }
            guard let special = tree.value("SpecialToken", of: piece),
                let name = tree.text(tree.member("id", of: special)),
                let list = tree.value("special_tokens", of: node), let entry = tree.value(name, of: list)
            else { throw TokenizerError("the post-processor's template names an unknown token") }
            for id in tree.elements(tree.member("ids", of: entry)) {
                guard let id = tree.id(id) else { throw TokenizerError("the post-processor's template has no ids") }
                if isAfter { last.append(id) } else { first.append(id) }
            }
        }
        guard isAfter else { throw TokenizerError("the post-processor's template leaves out the text") }
        // A later step frames what an earlier one has framed.
        before = first + before
        after += last
    }
}
