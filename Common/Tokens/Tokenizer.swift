/// Turns text into the token ids that the engine's own tokenizer gives, following a model's `tokenizer.json`.
///
/// 1. Every part of the file is followed exactly or refused with one sentence when the file is read: there is no text
///    for which the ids are another tokenizer's.
/// 2. Immutable: any number of encoders use one tokenizer at a time.
/// 3. Truncation and padding of the file are left out, as engines do.
package final class Tokenizer: Sendable {
    let plainTokens: AddedTokens
    let normalizedTokens: AddedTokens
    let pipeline: Pipeline
    let model: MergeModel
    let frame: Frame
    let classes: [UInt16]
    private let addedIDs: [[UInt8]: UInt32]
    private let vocabularyIDs: [ArraySlice<UInt8>: UInt32]

    /// Reads the bytes of a `tokenizer.json`; memory follows their count.
    package init(file bytes: [UInt8]) throws(TokenizerError) {
        let tree = try FileTree(bytes)
        var pipeline = try PipelineReader(tree).pipeline
        let reader = try ModelReader(tree)
        let classes = ScalarClass.table
        let added = try AddedTokenReader(tree, reader.ids)
        plainTokens = AddedTokens(added.plain)
        normalizedTokens = AddedTokens(
            added.normalized.map { entry in
                var entry = entry
                entry.text = pipeline.normalized(entry.text.span, classes.span) ?? entry.text
                return entry
            })
        model = try reader.mergeModel(readsBytes: pipeline.readsBytes)
        let ignoresMerges = try tree.flag("ignore_merges", of: reader.model, default: false)
        let mark = Array("\u{2581}".utf8)
        // Without a cut the whole text is one piece; this one changes no token and lets words be found in tables.
        if pipeline.steps.isEmpty, !pipeline.readsBytes, !ignoresMerges, reader.mergesStop(before: mark) {
            pipeline.steps = [.before(mark: mark)]
        }
        self.pipeline = pipeline
        self.classes = classes
        frame = try Frame(tree)
        addedIDs = added.ids
        vocabularyIDs = reader.ids
    }

    /// The id of a token by its text in the file, added or of the vocabulary.
    package func id(of token: String) -> UInt32? {
        let bytes = Array(token.utf8)
        return addedIDs[bytes] ?? vocabularyIDs[bytes[...]]
    }
}
