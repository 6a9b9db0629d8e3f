/// Base64 (RFC 4648) of the values of Secrets.
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits = 0
            for offset in 0..<3 { bits = bits << 8 | (offset < group.count ? Int(group[start + offset]) : 0) }
            for offset in 0..<4 {
                let digit = digits[bits >> (18 - 6 * offset) & 63]
                output.append(offset <= group.count ? digit : UInt8(ascii: "="))
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Whether a text is base64 with its padding.
    static func isValid(_ text: String) -> Bool {
        let body = text.utf8.prefix { $0 != UInt8(ascii: "=") }
        let padding = text.utf8.count - body.count
        return text.utf8.count.isMultiple(of: 4) && padding <= 2 && body.allSatisfy(digits.contains)
            && text.utf8.suffix(padding).allSatisfy { $0 == UInt8(ascii: "=") }
    }
}
