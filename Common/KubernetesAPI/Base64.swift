/// Base64 (RFC 4648) as Secrets and kubeconfig files hold it.
package enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// What each byte stands for; 64 for those that are no digit.
    private static let values = (0...255).map { byte in UInt8(digits.firstIndex(of: byte) ?? 64) }

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits = 0
            for byte in group { bits = bits << 8 | Int(byte) }
            bits <<= (3 - group.count) * 8
            for index in 0..<4 {
                let isData = index <= group.count
                text.append(isData ? digits[bits >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a text is whole groups of four digits, padded at the end only; line ends between them are allowed.
    package static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8.filter { $0 != 10 && $0 != 13 }
        let padding = bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        return bytes.count % 4 == 0 && padding <= 2 && bytes.dropLast(padding).allSatisfy { values[Int($0)] < 64 }
    }

    /// The bytes of a text; nil where it is not base64.
    package static func decode(_ text: String) -> [UInt8]? {
        guard isValid(text) else { return nil }
        var bytes: [UInt8] = []
        var bits = 0
        var count = 0
        for byte in text.utf8 {
            guard values[Int(byte)] < 64 else { continue }
            bits = bits << 6 | Int(values[Int(byte)])
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(bits >> count & 255))
                bits &= (1 << count) - 1
            }
        }
        return bytes
    }
}
