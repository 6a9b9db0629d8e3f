/// Finds which of a fixed set of names some bytes are: one look at a table by length and first bytes, then one
/// comparison. An empty name is never found.
struct NameTable: Sendable {
    private static let slotsMax = 256

    private let names: [[UInt8]]
    /// For each hash the number of a name plus one, 0 for none; a name whose slot is taken stands in the next free one.
    private var slots: [UInt8]

    /// Names in lower case, fewer than half as many as there are slots.
    init(_ names: [String]) {
        precondition(names.count < Self.slotsMax / 2, "NameTable has no room for \(names.count) names")
        self.names = names.map { Array($0.utf8) }
        slots = Array(repeating: 0, count: Self.slotsMax)
        for (index, name) in self.names.enumerated() where !name.isEmpty {
            var slot = Self.hash(name.span, 0..<name.count)
            while slots[slot] != 0 { slot = (slot + 1) % Self.slotsMax }
            slots[slot] = UInt8(index + 1)
        }
    }

    /// The number of the name that stands in `range`; `isFolded` lets capitals count as small letters.
    func index(_ bytes: Span<UInt8>, _ range: Range<Int>, isFolded: Bool) -> Int? {
        guard !range.isEmpty else { return nil }
        var slot = Self.hash(bytes, range)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if Self.equals(bytes, range, names[index], mask: isFolded ? 0x20 : 0) { return index }
            slot = (slot + 1) % Self.slotsMax
        }
        return nil
    }

    /// `mask` is the bit that tells capitals from small letters where they count as the same.
    private static func equals(_ bytes: Span<UInt8>, _ range: Range<Int>, _ name: [UInt8], mask: UInt8) -> Bool {
        guard range.count == name.count else { return false }
        for offset in 0..<name.count {
            let byte = ByteSearch.byte(bytes, range.lowerBound + offset)
            guard byte != name[offset] else { continue }
            guard byte >= 0x41, byte <= 0x5A, byte | mask == name[offset] else { return false }
        }
        return true
    }

    /// By length, first, second and last but one byte, without case.
    private static func hash(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
        let first = Int(bytes[range.lowerBound] | 0x20)
        let late = Int(bytes[max(range.lowerBound, range.upperBound - 2)] | 0x20)
        let second = Int(bytes[min(range.lowerBound + 1, range.upperBound - 1)] | 0x20)
        return (range.count &* 13 &+ first &* 31 &+ second &* 7 &+ late) & (slotsMax - 1)
    }
}
