/// One caller's way to use a tokenizer: the words it met before, and buffers. Not shared; one a loop.
package struct TokenEncoder: ~Copyable {
    package let tokenizer: Tokenizer
    private var cache = WordCache()
    private var merging = Merging()
    private var ends: [Int] = []
    private var outerEnds: [Int] = []
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
        cut(text)
        let wantsCheckpoints = checkpoints != nil
        // Once a text, not once a piece: it counts references.
        let model = tokenizer.model
        var start = 0
        for index in ends.indices {
            let end = ends[index]
            if wantsCheckpoints { noteCheckpoint(text, index, start, offset, ids.count) }
            encodePiece(model, text, start, end, into: &ids)
            start = end
        }
    }

    private mutating func noteCheckpoint(
        _ text: Span<UInt8>, _ index: Int, _ start: Int, _ offset: Int, _ count: Int
    ) {
        let last = index + Checkpoint.piecesAfter
        guard index > 0, last < ends.count, checkpoints?.isDue(offset + start) == true,
            tokenizer.isQuiet(text, start)
        else { return }
        let reach = max(tokenizer.plainTokens.bytesMax, tokenizer.normalizedTokens.bytesMax)
        checkpoints?.append(
            Checkpoint(offset: offset + start, count: count, needs: offset + ends[last] + reach + 4))
    }

    private mutating func cut(_ text: Span<UInt8>) {
        let table = tokenizer.classes
        let classes = table.span
        ends.removeAll(keepingCapacity: true)
        guard let first = tokenizer.pipeline.steps.first else {
            ends.append(text.count)
            return
        }
        first.cut(text, 0, text.count, classes, into: &ends)
        for step in tokenizer.pipeline.steps.dropFirst() {
            swap(&ends, &outerEnds)
            ends.removeAll(keepingCapacity: true)
            var start = 0
            for end in outerEnds {
                step.cut(text, start, end, classes, into: &ends)
                start = end
            }
        }
    }

    @inline(__always)
    private mutating func encodePiece(
        _ model: MergeModel, _ text: Span<UInt8>, _ start: Int, _ end: Int, into ids: inout [UInt32]
    ) {
        guard end - start <= WordKey.bytesMax else {
            if let id = model.longWord(text, start, end) {
                ids.append(id)
                return
            }
            model.merge(text, start, end, &merging)
            ids += merging.symbols
            return
        }
        let key = WordKey(text, start, end - start)
        let hash = key.hash
        if let id = model.words.id(key, hash: hash) {
            ids.append(id)
            return
        }
        if cache.find(key, hash: hash, into: &ids) { return }
        model.merge(text, start, end, &merging)
        ids += merging.symbols
        cache.keep(key, hash: hash, merging.symbols)
    }
}
