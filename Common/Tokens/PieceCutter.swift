/// Cuts one text after the other into pieces, a bufferful at a time.
struct PieceCutter {
    /// The pieces cut last.
    private(set) var ends = PieceEnds()
    /// Where pieces of all steps but the last end; empty where there is one step at most.
    private var sections: [Int] = []
    private var outer: [Int] = []
    private var section = 0
    private var at = 0

    mutating func begin(_ text: Span<UInt8>, _ steps: [SplitPattern], _ classes: Span<UInt16>) {
        at = 0
        section = 0
        sections.removeAll(keepingCapacity: true)
        if steps.count < 2 { return }
        sections.append(text.count)
        for step in steps.dropLast() {
            swap(&sections, &outer)
            sections.removeAll(keepingCapacity: true)
            var start = 0
            for end in outer {
                while start < end {
                    ends.count = 0
                    start = step.cut(text, start, end, classes, into: &ends)
                    sections += ends.list[..<ends.count]
                }
            }
        }
    }

    /// Cuts the next pieces of the text that was begun; false when there are no more.
    mutating func cut(_ text: Span<UInt8>, by step: SplitPattern?, _ classes: Span<UInt16>) -> Bool {
        ends.count = 0
        guard let step else {
            if at == text.count { return false }
            ends.list[0] = text.count
            ends.count = 1
            at = text.count
            return true
        }
        while at < text.count, !ends.isFull {
            let end = sections.isEmpty ? text.count : sections[section]
            at = step.cut(text, at, end, classes, into: &ends)
            if at == end { section += 1 }
        }
        return ends.count > 0
    }
}
