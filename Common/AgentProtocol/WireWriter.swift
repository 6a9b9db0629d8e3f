import KVBlocks

/// Builds a message: fixed-width numbers little-endian, lengths and counts as variable-length numbers (seven bits a
/// byte, low bits first).
struct WireWriter {
    /// Longer texts are cut, so that every message reads back; names of models and pods are far shorter.
    static let textBytesMax = 512

    private(set) var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func word(_ value: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// A count or a port; what is outside 0 ..< 2³² becomes the nearest number inside.
    mutating func count(_ value: Int) { number(UInt64(min(max(0, value), Int(UInt32.max)))) }

    /// What an engine measured as no number is written as 0, which means unmeasured.
    mutating func fraction(_ value: Double) { word((value.isFinite ? value : 0).bitPattern) }

    mutating func text(_ value: String) {
        var kept = value[...]
        while kept.utf8.count > Self.textBytesMax { kept.removeLast() }
        count(kept.utf8.count)
        bytes += Array(kept.utf8)
    }

    mutating func bytes(_ value: ArraySlice<UInt8>) {
        count(value.count)
        bytes += value
    }

    mutating func texts(_ values: [String], max: Int) {
        count(min(values.count, max))
        for value in values.prefix(max) { text(value) }
    }

    mutating func blocks(_ values: [BlockHash]) {
        count(values.count)
        for value in values { word(value.value) }
    }

    /// A part preceded by its length, so that a reader may skip what it does not know.
    mutating func sized(_ body: (inout WireWriter) -> Void) {
        var part = WireWriter()
        body(&part)
        count(part.bytes.count)
        bytes += part.bytes
    }
}
