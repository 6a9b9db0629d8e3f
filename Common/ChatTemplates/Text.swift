/// A piece of UTF-8 text that shares its bytes with the text it was cut from.
///
/// Lengths and positions of templates count code points; those of this type's own names count bytes unless they say so.
struct Text: Hashable, Sendable {
    var bytes: ArraySlice<UInt8>
    /// Marked by the filter `safe`. In the engine such a text escapes what it is put together with, so it is only
    /// passed on and printed here.
    var isSafe = false

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }
    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }
    init(_ string: String) { bytes = Array(string.utf8)[...] }
    init(_ scalars: some Sequence<Unicode.Scalar>) {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        self.init(String(text))
    }

    static let empty = Text([UInt8]())

    static func == (left: Text, right: Text) -> Bool { left.bytes == right.bytes }
    func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    var string: String { String(decoding: bytes, as: UTF8.self) }
    var scalars: [Unicode.Scalar] { Array(string.unicodeScalars) }
    var isEmpty: Bool { bytes.isEmpty }

    /// Code points.
    var count: Int {
        var count = 0
        for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    var isASCII: Bool { bytes.allSatisfy { $0 < 0x80 } }

    /// The index in `bytes` of a code point; the end for positions past it.
    func index(of position: Int, isASCII: Bool) -> Int {
        if isASCII { return min(bytes.startIndex + position, bytes.endIndex) }
        var left = position
        for index in bytes.indices where bytes[index] & 0xC0 != 0x80 {
            if left == 0 { return index }
            left -= 1
        }
        return bytes.endIndex
    }

    func hasPrefix(_ prefix: Text) -> Bool { bytes.starts(with: prefix.bytes) }

    func hasSuffix(_ suffix: Text) -> Bool {
        bytes.count >= suffix.bytes.count && bytes.suffix(suffix.bytes.count) == suffix.bytes
    }

    /// By code points: UTF-8 keeps their order.
    func precedes(_ other: Text) -> Bool { bytes.lexicographicallyPrecedes(other.bytes) }

    /// One code point as a text, with the index after it.
    func character(at index: Int) -> (text: Text, next: Int) {
        var next = index + 1
        while next < bytes.endIndex, bytes[next] & 0xC0 == 0x80 { next += 1 }
        return (Text(bytes[index..<next]), next)
    }

    /// Every code point as a text of its own.
    var characters: [Text] {
        var characters: [Text] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let (text, next) = character(at: index)
            characters.append(text)
            index = next
        }
        return characters
    }
}
