/// A place in a text from where tokens can be made anew whatever the text's end is.
///
/// 1. It is the start of a piece that is not the first after an added token, of text that stayed as it was.
/// 2. `needs` bytes of the text decide that a piece starts here: no pattern looks further than the next line of spaces
///    and one scalar, which `piecesAfter` pieces cover, and no added token that starts behind them ends before `needs`.
/// 3. No added token can start shortly before it, so none that was passed over reaches across.
struct Checkpoint {
    /// Pieces that follow within the bytes that count.
    static let piecesAfter = 8

    /// Bytes before it.
    var offset: Int
    /// Tokens before it.
    var count: Int
    /// Bytes that another text has to share for this to be one of its checkpoints too.
    var needs: Int
}

/// Checkpoints of one text as it is encoded, at least `distance` bytes apart.
struct CheckpointList {
    static let distance = 512

    private(set) var list: [Checkpoint] = []

    /// From where on the next one may be.
    var due: Int { (list.last?.offset ?? 0) + Self.distance }

    mutating func append(_ checkpoint: Checkpoint) { list.append(checkpoint) }
}

extension Tokenizer {
    /// Whether texts have checkpoints at all: nothing is put before them or replaced in them.
    var hasCheckpoints: Bool {
        guard case .none = pipeline.prefix, !pipeline.steps.isEmpty else { return false }
        return pipeline.normalizers.allSatisfy { $0 == .composed } && pipeline.readsBytes
    }

    /// Whether composition and added tokens leave `offset` alone.
    func isQuiet(_ text: Span<UInt8>, _ offset: Int) -> Bool {
        let table = classes
        if text.step(offset, table.span).bits & ScalarClass.composes != 0 { return false }
        let reach = max(plainTokens.bytesMax, normalizedTokens.bytesMax)
        for index in max(0, offset - reach)...offset
        where plainTokens.mayStart(text[index]) || normalizedTokens.mayStart(text[index]) {
            return false
        }
        return true
    }
}
