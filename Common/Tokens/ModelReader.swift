/// Reads the byte-pair model of a file; refuses each option that is not known.
struct ModelReader {
    let tree: FileTree
    let model: FileTree.Node
    /// Ids by the texts of the file.
    private(set) var ids: [ArraySlice<UInt8>: UInt32] = [:]

    init(_ tree: FileTree) throws(TokenizerError) {
        self.tree = tree
        guard let model = tree.value("model", of: tree.root) else {
            throw TokenizerError("the tokenizer's file has no model")
        }
        self.model = model
        let kind = tree.text(tree.member("type", of: model)) ?? "BPE"
        guard kind == "BPE" else { throw TokenizerError("the model '\(kind)' is not known, only BPE is") }
        try refuseUnknownOptions()
        guard case .members(let members)? = tree.member("vocab", of: model) else {
            throw TokenizerError("the model has no vocabulary")
        }
        ids.reserveCapacity(members.count)
        for (name, value) in members {
            guard let id = tree.id(value) else { throw TokenizerError("a token of the vocabulary has no id") }
            ids[tree.arena[name]] = id
        }
    }

    private func refuseUnknownOptions() throws(TokenizerError) {
        for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let value = tree.value(name, of: model), tree.text(value) != "" {
                throw TokenizerError("the model's '\(name)' is not known")
            }
        }
        if let dropout = tree.value("dropout", of: model), tree.number(dropout) != 0 {
            throw TokenizerError("the model drops merges at random ('dropout')")
        }
    }

    /// Fails when a merge names a token that the vocabulary lacks.
    func merges() throws(TokenizerError) -> MergeTable {
        let list = tree.elements(tree.member("merges", of: model))
        var table = MergeTable(count: list.count)
        let unknown = tree.bytes(tree.value("unk_token", of: model)).map { $0[...] }
        for (rank, node) in list.enumerated() {
            let (left, right) = try parts(node)
            guard let first = ids[left], let second = ids[right], let merged = ids[left + right] else {
                throw TokenizerError("merge \(rank) names a token that the vocabulary lacks")
            }
            if left == unknown || right == unknown { throw TokenizerError("merge \(rank) merges the unknown token") }
            table.insert(first, second, rank: UInt32(rank), id: merged)
        }
        return table
    }

    private func parts(_ node: FileTree.Node) throws(TokenizerError) -> (ArraySlice<UInt8>, ArraySlice<UInt8>) {
        switch node {
        case .text(let range):
            let parts = tree.arena[range].split(separator: 0x20, omittingEmptySubsequences: false)
            if parts.count == 2 { return (parts[0], parts[1]) }
        case .list(let pair):
            if pair.count == 2, case .text(let left) = pair[0], case .text(let right) = pair[1] {
                return (tree.arena[left], tree.arena[right])
            }
        default: break
        }
        throw TokenizerError("a merge is not two tokens")
    }

    /// Whether no merge makes a token in which `mark` follows something else: then none reaches across such a place.
    func mergesStop(before mark: [UInt8]) -> Bool {
        for node in tree.elements(tree.member("merges", of: model)) {
            guard let (left, right) = try? parts(node) else { return false }
            let text = Array(left + right)
            var inMark = true
            var at = 0
            while at < text.count {
                if text.span.holds(mark, at: at, before: text.count) {
                    if !inMark { return false }
                    at += mark.count
                } else {
                    inMark = false
                    at += 1
                }
            }
        }
        return ids[mark[...]] != nil
    }

    /// The model for pieces as `pipeline` makes them.
    func mergeModel(readsBytes: Bool) throws(TokenizerError) -> MergeModel {
        var vocabulary = ids
        if readsBytes {
            vocabulary = [:]
            for (text, id) in ids {
                if let bytes = ByteAlphabet.bytes(of: text) { vocabulary[bytes[...]] = id }
            }
        }
        return MergeModel(
            units: readsBytes ? try byteUnits() : try scalarUnits(), merges: try merges(), vocabulary: vocabulary,
            ignoresMerges: try tree.flag("ignore_merges", of: model, default: false))
    }

    private func byteUnits() throws(TokenizerError) -> MergeModel.Units {
        let units = ByteAlphabet.characters.map { ids[Array(String($0).utf8)[...]] ?? MergeModel.none }
        if units.contains(MergeModel.none) {
            let hasFallback = try tree.flag("byte_fallback", of: model, default: false)
            if hasFallback || tree.value("unk_token", of: model) != nil {
                throw TokenizerError("the byte-level vocabulary lacks bytes and has an unknown token or a fallback")
            }
        }
        return .bytes(units)
    }

    private func scalarUnits() throws(TokenizerError) -> MergeModel.Units {
        var bytes: [UInt32]?
        if try tree.flag("byte_fallback", of: model, default: false) {
            let digits = Array("0123456789ABCDEF".utf8)
            let found = (0..<256).map { ids[(Array("<0x".utf8) + [digits[$0 / 16], digits[$0 % 16], 0x3E])[...]] }
            bytes = found.compactMap { $0 }
            guard bytes?.count == 256 else { throw TokenizerError("the vocabulary lacks tokens of single bytes") }
        }
        var unknown: UInt32?
        if let text = tree.bytes(tree.value("unk_token", of: model)) {
            unknown = ids[text[...]]
            if unknown == nil { throw TokenizerError("the unknown token is not in the vocabulary") }
        }
        let fuses = try tree.flag("fuse_unk", of: model, default: false)
        return .scalars(byteFallback: bytes, unknown: unknown, fusesUnknown: fuses)
    }
}
