/// What happens to a text between its added tokens before pieces of it are merged.
struct Pipeline: Sendable {
    /// What may be put before a text.
    enum Prefix: Sendable {
        case none
        /// A space, unless the text starts with one.
        case space
        /// The mark takes the place of each space, and stands at the start when it does not already.
        case mark([UInt8], puts: Placing)
    }

    enum Placing: Sendable {
        case always
        /// Only where the whole text starts.
        case first
        case never
    }

    var normalizers: [Normalizer] = []
    var prefix = Prefix.none
    /// Cuts, each within the pieces of the one before.
    var steps: [SplitPattern] = []
    /// Pieces are read byte by byte in the byte alphabet.
    var readsBytes = false

    /// The text with its prefix, or nil when it stays as it is.
    func prefixed(_ text: Span<UInt8>, isAtStart: Bool) -> [UInt8]? {
        switch prefix {
        case .none: return nil
        case .space: return text[0] == 0x20 ? nil : [0x20] + (0..<text.count).map { text[$0] }
        case .mark(let mark, let placing):
            var result = text.holds(mark, at: 0, before: text.count) || text[0] == 0x20 ? [] : mark
            if placing == .never || (placing == .first && !isAtStart) { result = [] }
            result.reserveCapacity(text.count * 2)
            for index in 0..<text.count {
                if text[index] == 0x20 { result += mark } else { result.append(text[index]) }
            }
            return result
        }
    }

    /// The text after all normalizers, or nil when it stays as it is.
    func normalized(_ text: Span<UInt8>, _ classes: Span<UInt16>) -> [UInt8]? {
        var result: [UInt8]?
        for step in normalizers {
            if let current = result {
                result = step.apply(current.span, classes) ?? current
            } else {
                result = step.apply(text, classes)
            }
        }
        return result
    }
}
