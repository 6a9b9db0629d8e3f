/// The 256 characters that stand for bytes in a byte-level vocabulary: printable Latin-1 bytes stand for themselves,
/// the others, in order, for U+0100 and up.
enum ByteAlphabet {
    /// The character of each byte.
    static let characters: [Unicode.Scalar] = {
        var next: UInt8 = 0
        return (UInt8.min...UInt8.max).map { byte in
            if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE {
                return Unicode.Scalar(byte)
            }
            next += 1
            return Unicode.Scalar(0x100 + UInt16(next) - 1) ?? " "
        }
    }()

    private static let bytes: [Unicode.Scalar: UInt8] = Dictionary(
        uniqueKeysWithValues: zip(characters, UInt8.min...UInt8.max))

    /// The bytes that a token's text stands for; nil when a character is not of the alphabet.
    static func bytes(of text: some Sequence<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        for scalar in String(decoding: Array(text), as: UTF8.self).unicodeScalars {
            guard let byte = bytes[scalar] else { return nil }
            result.append(byte)
        }
        return result
    }
}
