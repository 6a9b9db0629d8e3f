/// Finds which of a fixed set of names some bytes are: one look at a table by length and some of the bytes, then one
/// comparison. An empty name is never found.
struct NameTable: Sendable {
    private static let slotsMax = 256

    /// All names, one after the other.
    private let text: [UInt8]
    private let ranges: [Range<Int>]
    /// For each hash the number of a name plus one, 0 for none; a name whose slot is taken stands in the next free one.
    private var slots: [UInt8]

    /// Names in lower case, fewer than half as many as there are slots.
    init(_ names: [String]) {
        precondition(names.count < Self.slotsMax / 2, "NameTable has no room for \(names.count) names")
        var text: [UInt8] = []
        ranges = names.map { name in
            let start = text.count
            text.append(contentsOf: name.utf8)
            return start..<text.count
        }
        self.text = text
        slots = Array(repeating: 0, count: Self.slotsMax)
        for (index, range) in ranges.enumerated() where !range.isEmpty {
            var slot = Self.hash(text.span, range)
            while slots[slot] != 0 { slot = (slot + 1) % Self.slotsMax }
            slots[slot] = UInt8(index + 1)
        }
    }

    /// The number of the name that stands in `range`; `isFolded` lets capitals count as small letters where names are
    /// made of letters, digits and hyphens.
    func index(_ bytes: Span<UInt8>, _ range: Range<Int>, isFolded: Bool) -> Int? {
        guard !range.isEmpty else { return nil }
        var slot = Self.hash(bytes, range)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if equals(bytes.extracting(range), ranges[index], isFolded) {
                return index
            }
            slot = (slot + 1) % Self.slotsMax
        }
        return nil
    }

    private func equals(_ bytes: Span<UInt8>, _ range: Range<Int>, _ isFolded: Bool) -> Bool {
        let count = bytes.count
        guard range.count == count else { return false }
        let name = text.span.extracting(range)
        guard count >= 8 else {
            for offset in 0..<count {
                let wanted = UInt64(ByteSearch.byte(name, offset))
                if Self.differs(UInt64(ByteSearch.byte(bytes, offset)), wanted, isFolded) { return false }
            }
            return true
        }
        var offset = 0
        while true {
            if Self.differs(ByteSearch.word(bytes, offset), ByteSearch.word(name, offset), isFolded) { return false }
            if offset == count - 8 { return true }
            // The last word overlaps the one before it.
            offset = min(offset + 8, count - 8)
        }
    }

    /// Bit 5 tells capitals from small letters, and bit 6 a letter from a digit or hyphen.
    private static func differs(_ bytes: UInt64, _ name: UInt64, _ isFolded: Bool) -> Bool {
        (bytes ^ name) & ~(isFolded ? name >> 1 & 0x2020_2020_2020_2020 : 0) != 0
    }

    /// By length, first, second and last but one byte, without case.
    private static func hash(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
        let first = Int(bytes[range.lowerBound] | 0x20)
        let late = Int(bytes[max(range.lowerBound, range.upperBound - 2)] | 0x20)
        let second = Int(bytes[min(range.lowerBound + 1, range.upperBound - 1)] | 0x20)
        return (range.count &* 13 &+ first &* 31 &+ second &* 7 &+ late) & (slotsMax - 1)
    }
}
