/// Reads the normalizer and the pre-tokenizer of a file; refuses each part that is not known.
struct PipelineReader {
    let tree: FileTree
    private(set) var pipeline = Pipeline()

    init(_ tree: FileTree) throws(TokenizerError) {
        self.tree = tree
        if let normalizer = tree.value("normalizer", of: tree.root) { try readNormalizer(normalizer, depth: 0) }
        if let step = tree.value("pre_tokenizer", of: tree.root) { try readStep(step, depth: 0) }
    }

    private func kind(_ node: FileTree.Node) -> String { tree.text(tree.member("type", of: node)) ?? "" }

    private mutating func readNormalizer(_ node: FileTree.Node, depth: Int) throws(TokenizerError) {
        switch kind(node) {
        case "NFC": pipeline.normalizers.append(.composed)
        case "Sequence" where depth == 0:
            for step in tree.elements(tree.member("normalizers", of: node)) { try readNormalizer(step, depth: 1) }
        case "Prepend":
            guard let text = tree.bytes(tree.member("prepend", of: node)) else {
                throw TokenizerError("the normalizer Prepend has no text")
            }
            pipeline.normalizers.append(.prepend(text))
        case "Replace":
            guard let pattern = tree.member("pattern", of: node),
                let old = tree.bytes(tree.member("String", of: pattern)), !old.isEmpty,
                let new = tree.bytes(tree.member("content", of: node))
            else { throw TokenizerError("the normalizer Replace has another pattern than a plain text") }
            pipeline.normalizers.append(.replace(old, by: new))
        case let other: throw TokenizerError("the normalizer '\(other)' is not known")
        }
    }

    private mutating func readStep(_ node: FileTree.Node, depth: Int) throws(TokenizerError) {
        if pipeline.readsBytes { throw TokenizerError("a pre-tokenizer follows ByteLevel") }
        switch kind(node) {
        case "Sequence" where depth == 0:
            for step in tree.elements(tree.member("pretokenizers", of: node)) { try readStep(step, depth: 1) }
        case "ByteLevel":
            if try tree.flag("add_prefix_space", of: node, default: true) {
                guard pipeline.steps.isEmpty else {
                    throw TokenizerError("the pre-tokenizer ByteLevel adds spaces to pieces of others")
                }
                pipeline.prefix = .space
            }
            if try tree.flag("use_regex", of: node, default: true) { pipeline.steps.append(.gpt2) }
            pipeline.readsBytes = true
        case "Split": pipeline.steps.append(try split(node))
        case "Digits":
            let isEach = try tree.flag("individual_digits", of: node, default: false)
            pipeline.steps.append(.numbers(countMax: isEach ? 1 : 0))
        case "Metaspace": try readMetaspace(node)
        case let other: throw TokenizerError("the pre-tokenizer '\(other)' is not known")
        }
    }

    private mutating func readMetaspace(_ node: FileTree.Node) throws(TokenizerError) {
        guard case .none = pipeline.prefix, pipeline.steps.isEmpty else {
            throw TokenizerError("the pre-tokenizer Metaspace follows another one")
        }
        guard let mark = tree.bytes(tree.member("replacement", of: node)), !mark.isEmpty else {
            throw TokenizerError("the pre-tokenizer Metaspace has no replacement")
        }
        let placing: Pipeline.Placing
        switch tree.text(tree.member("prepend_scheme", of: node)) ?? "always" {
        case "always": placing = .always
        case "first": placing = .first
        case "never": placing = .never
        case let other: throw TokenizerError("the pre-tokenizer Metaspace has the unknown scheme '\(other)'")
        }
        pipeline.prefix = .mark(mark, puts: placing)
        if try tree.flag("split", of: node, default: true) { pipeline.steps.append(.beforeEach(mark: mark)) }
    }

    private func split(_ node: FileTree.Node) throws(TokenizerError) -> SplitPattern {
        guard let shape = tree.member("pattern", of: node), let text = tree.text(tree.member("Regex", of: shape)),
            let known = Self.pattern(text)
        else { throw TokenizerError("the pre-tokenizer Split has a pattern that is not known") }
        let inverts = try tree.flag("invert", of: node, default: false)
        switch tree.text(tree.member("behavior", of: node)) ?? "" {
        case "Isolated" where !inverts: return known
        // Keeping the matches alone is the same where a pattern leaves nothing between them.
        case "Removed" where inverts && known.coversAll: return known
        case let other: throw TokenizerError("the pre-tokenizer Split has the behaviour '\(other)', which is not known")
        }
    }

    /// The pattern that a regular expression spells; line ends in it may be spelt or stand as they are.
    private static func pattern(_ text: String) -> SplitPattern? {
        var spelt = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\r": spelt += "\\r"
            case "\n": spelt += "\\n"
            default: spelt.unicodeScalars.append(scalar)
            }
        }
        return known.first { $0.spelling.utf8.elementsEqual(spelt.utf8) }?.pattern
    }

    private static let contractions = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)"#
    private static let lines = #"|\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let capitals = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
    private static let smalls = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#

    private static let known: [(spelling: String, pattern: SplitPattern)] = [
        (#"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#, .gpt2),
        (
            contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"# + lines,
            .cl100k(digitsMax: 3)
        ),
        (contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"# + lines, .cl100k(digitsMax: 1)),
        (
            ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|"## + #"[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|"#
                + #" ?[\p{P}\p{S}]+[\r\n]*"# + lines,
            .deepSeek
        ),
        (
            #"[^\r\n\p{L}\p{N}]?"# + capitals + "*" + smalls + "+" + contractions + #"?|[^\r\n\p{L}\p{N}]?"# + capitals
                + "+" + smalls + "*" + contractions + #"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*"# + lines,
            .o200k
        ),
        (#"\p{N}{1,3}"#, .numbers(countMax: 3)),
        (#"\p{N}"#, .numbers(countMax: 1)),
        (#"\p{N}+"#, .numbers(countMax: 0)),
        ("[\u{4E00}-\u{9FA5}\u{3040}-\u{309F}\u{30A0}-\u{30FF}]+", .ideographs),
    ]
}
