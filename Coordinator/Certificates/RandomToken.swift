/// Tokens that nobody guesses.
package enum RandomToken {
    private static let bytesDefault = 32

    /// Random bytes of the system's generator as hexadecimal text, two digits a byte.
    package static func make(bytes count: Int = bytesDefault) -> String {
        let digits = Array("0123456789abcdef")
        var generator = SystemRandomNumberGenerator()
        return String(
            (0..<count).flatMap { _ in
                let byte = UInt8.random(in: .min ... .max, using: &generator)
                return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            })
    }
}
