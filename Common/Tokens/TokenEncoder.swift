/// One caller's way to use a tokenizer: the words it met before, and buffers. Not shared; one a loop.
package struct TokenEncoder: ~Copyable {
    package let tokenizer: Tokenizer
    private var cache = WordCache()
    private var longCache = LongWordCache()
    private var merging = Merging()
    private var cutter = PieceCutter()
    /// The pieces that were cut last.
    private var words = [ExpectedWord](repeating: ExpectedWord(), count: PieceEnds.most)
    /// Tokens of pieces that were found one after the other.
    private var row = [UInt32](repeating: 0, count: 4 * PieceEnds.most)
    /// Set while checkpoints are wanted.
    private var checkpoints: CheckpointList?

    package init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

    /// The tokens of a text; `framed` puts the tokens around it that the file's post-processor names.
    package mutating func encode(_ text: String, framed: Bool) -> [UInt32] {
        var ids: [UInt32] = []
        var text = text
        text.withUTF8 { bytes in
            unsafe encodeFramed(Span(_unsafeElements: bytes), framed: framed, into: &ids)
        }
        return ids
    }

    /// Appends the tokens of a text in UTF-8; fails, with nothing appended, when it is not UTF-8.
    package mutating func encode(_ text: [UInt8], framed: Bool, into ids: inout [UInt32]) throws(TokenizerError) {
        guard (try? UTF8Span(validating: text.span)) != nil else { throw TokenizerError("the text is not UTF-8") }
        encodeFramed(text.span, framed: framed, into: &ids)
    }

    /// Appends the tokens of a valid text from one of its checkpoints on, and adds the checkpoints found there.
    mutating func encode(
        _ text: [UInt8], from: Int, _ list: inout CheckpointList, into ids: inout [UInt32]
    ) {
        checkpoints = list
        encodeValid(text.span, from: from, into: &ids)
        if let checkpoints { list = checkpoints }
        checkpoints = nil
    }

    private mutating func encodeFramed(_ text: Span<UInt8>, framed: Bool, into ids: inout [UInt32]) {
        if framed { ids += tokenizer.frame.before }
        encodeValid(text, from: 0, into: &ids)
        if framed { ids += tokenizer.frame.after }
    }

    private mutating func encodeValid(_ text: Span<UInt8>, from: Int, into ids: inout [UInt32]) {
        var (from, taken) = (from, from)
        while taken < text.count {
            let found = next(tokenizer.plainTokens, text, from, taken)
            let end = found?.match.range.lowerBound ?? text.count
            if taken < end { encodeSection(text, taken, end, into: &ids) }
            guard let found else { break }
            ids.append(found.match.id)
            taken = found.match.range.upperBound
            from = found.next
        }
    }

    private func next(_ tokens: AddedTokens, _ text: Span<UInt8>, _ from: Int, _ taken: Int) -> (
        match: AddedTokens.Match, next: Int
    )? {
        if tokens.isEmpty { return nil }
        let classes = tokenizer.classes
        return tokens.first(text, from: from, 0, text.count, taken: taken, classes.span)
    }

    /// What stands between two special tokens.
    private mutating func encodeSection(_ text: Span<UInt8>, _ start: Int, _ end: Int, into ids: inout [UInt32]) {
        let pipeline = tokenizer.pipeline
        let classes = tokenizer.classes
        let section = text.extracting(start..<end)
        if let changed = pipeline.normalized(section, classes.span) {
            let wanted = checkpoints
            checkpoints = nil
            encodeNormalized(changed.span, at: start, into: &ids)
            checkpoints = wanted
        } else {
            encodeNormalized(section, at: start, into: &ids)
        }
    }

    private mutating func encodeNormalized(_ text: Span<UInt8>, at start: Int, into ids: inout [UInt32]) {
        var (from, taken) = (0, 0)
        while taken < text.count {
            let found = next(tokenizer.normalizedTokens, text, from, taken)
            let end = found?.match.range.lowerBound ?? text.count
            if taken < end {
                let part = text.extracting(taken..<end)
                if let changed = tokenizer.pipeline.prefixed(part, isAtStart: start + taken == 0) {
                    encodePieces(changed.span, at: start + taken, into: &ids)
                } else {
                    encodePieces(part, at: start + taken, into: &ids)
                }
            }
            guard let found else { break }
            ids.append(found.match.id)
            taken = found.match.range.upperBound
            from = found.next
        }
    }

    /// Cuts a text that stands at `offset` of the whole and appends the tokens of its pieces.
    private mutating func encodePieces(_ text: Span<UInt8>, at offset: Int, into ids: inout [UInt32]) {
        // Once a text, not once a piece: it counts references.
        let model = tokenizer.model
        let steps = tokenizer.pipeline.steps
        let table = tokenizer.classes
        var start = 0
        cutter.begin(text, steps, table.span)
        while cutter.cut(text, by: steps.last, table.span) {
            cache.expect(text, cutter.ends, from: start, &words)
            var index = 0
            while index < cutter.ends.count {
                let due = checkpoints.map { max(1, $0.due - offset) } ?? Int.max
                let count = cache.find(cutter.ends, &index, &start, stop: due, words, into: &row)
                ids += row[..<count]
                if index == cutter.ends.count { break }
                if start >= due { noteCheckpoint(text, index, start, offset, ids.count) }
                let end = cutter.ends.list[index]
                encodePiece(model, text, start, end, into: &ids)
                start = end
                index += 1
            }
        }
    }

    private mutating func noteCheckpoint(
        _ text: Span<UInt8>, _ index: Int, _ start: Int, _ offset: Int, _ count: Int
    ) {
        let last = index + Checkpoint.piecesAfter
        guard last < cutter.ends.count, tokenizer.isQuiet(text, start) else { return }
        let reach = max(tokenizer.plainTokens.bytesMax, tokenizer.normalizedTokens.bytesMax)
        checkpoints?.append(
            Checkpoint(offset: offset + start, count: count, needs: offset + cutter.ends.list[last] + reach + 4))
    }

    private mutating func encodePiece(
        _ model: MergeModel, _ text: Span<UInt8>, _ start: Int, _ end: Int, into ids: inout [UInt32]
    ) {
        guard end - start <= WordKey.bytesMax else {
            if longCache.find(text, start, end, into: &ids) { return }
            if let id = model.longWord(text, start, end) {
                ids.append(id)
                longCache.keep(text, start, end, CollectionOfOne(id))
                return
            }
            model.merge(text, start, end, &merging)
            ids += merging.symbols
            longCache.keep(text, start, end, merging.symbols)
            return
        }
        let key = WordKey(text, start, end - start)
        let hash = key.hash
        if cache.find(key, hash: hash, into: &ids) { return }
        if let id = model.words.id(key, hash: hash) {
            ids.append(id)
            cache.keep(key, hash: hash, CollectionOfOne(id))
            return
        }
        if longCache.find(text, start, end, into: &ids) { return }
        model.merge(text, start, end, &merging)
        ids += merging.symbols
        if merging.symbols.count > WordCache.tokensMax {
            longCache.keep(text, start, end, merging.symbols)
        } else {
            cache.keep(key, hash: hash, merging.symbols)
        }
    }
}
