/// Strings between their quotes.
package enum JSONText {
    /// The bytes of a string's inside with its escapes undone; nil when an escape is none.
    static func unescape(_ bytes: Span<UInt8>, _ inside: Range<Int>) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(inside.count)
        return append(bytes, inside, to: &output) ? output : nil
    }

    /// Appends a string's inside with its escapes undone, up to the first that is none; false when there is one. Once
    /// `output` has `bytesMax` bytes nothing more is looked at.
    @discardableResult static func append(
        _ bytes: Span<UInt8>, _ inside: Range<Int>, to output: inout [UInt8], bytesMax: Int = .max
    ) -> Bool {
        var position = inside.lowerBound
        while position < inside.upperBound, output.count < bytesMax {
            let rest = min(inside.upperBound, bytesMax == .max ? .max : position + bytesMax - output.count)
            let plain = ByteSearch.first(UInt8(ascii: "\\"), in: bytes.extracting(0..<rest), from: position) ?? rest
            unsafe bytes.extracting(position..<plain).withUnsafeBufferPointer { unsafe output.append(contentsOf: $0) }
            position = plain
            guard position < rest else { continue }
            guard position + 1 < inside.upperBound else { return false }
            position += 2
            switch bytes[position - 1] {
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): output.append(bytes[position - 1])
            case UInt8(ascii: "u"):
                guard let scalar = scalar(bytes, &position, end: inside.upperBound) else { return false }
                output.append(contentsOf: String(Character(scalar)).utf8)
            default: return false
            }
        }
        return true
    }

    /// The scalar of a `\u` escape (a pair of them above the first plane); `position` is after the `u`.
    private static func scalar(_ bytes: Span<UInt8>, _ position: inout Int, end: Int) -> Unicode.Scalar? {
        guard let high = hex(bytes, &position, end: end) else { return nil }
        if let scalar = Unicode.Scalar(high) { return scalar }
        let replacement: Unicode.Scalar = "\u{FFFD}"
        guard high < 0xDC00, position + 6 <= end, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return replacement }
        var next = position + 2
        guard let low = hex(bytes, &next, end: end), low >= 0xDC00, low < 0xE000 else { return replacement }
        position = next
        return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    }

    private static func hex(_ bytes: Span<UInt8>, _ position: inout Int, end: Int) -> UInt32? {
        guard position + 4 <= end else { return nil }
        var value: UInt32 = 0
        for _ in 0..<4 {
            switch bytes[position] {
            case 0x30...0x39: value = value << 4 | UInt32(bytes[position] - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(bytes[position] - 0x41 + 10)
            case 0x61...0x66: value = value << 4 | UInt32(bytes[position] - 0x61 + 10)
            default: return nil
            }
            position += 1
        }
        return value
    }

    /// A string as JSON, quotes included.
    package static func quoted(_ text: String) -> [UInt8] {
        var output = ByteWriter(capacity: text.utf8.count + 2)
        output.append(quoted: text)
        return output.bytes
    }
}
