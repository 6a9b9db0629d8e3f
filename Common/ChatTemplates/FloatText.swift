/// Python's form of a floating-point number.
enum FloatText {
    /// The shortest digits that read back as the same number; an exponent below 1e-4 and from 1e16 on.
    static func of(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        var digits: [UInt8] = []
        var exponent = 0
        var hasPoint = false
        var fractionDigits = 0
        let text = Array(value.magnitude.description.utf8)
        for (index, byte) in text.enumerated() {
            if byte == UInt8(ascii: "e") {
                exponent = Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
                break
            }
            if byte == UInt8(ascii: ".") {
                hasPoint = true
            } else {
                digits.append(byte)
                fractionDigits += hasPoint ? 1 : 0
            }
        }
        exponent -= fractionDigits
        while digits.count > 1, digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent += 1
        }
        let leading = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(min(leading, digits.count - 1))
        if digits == [UInt8(ascii: "0")] { exponent = 0 }
        return (value.sign == .minus ? "-" : "") + layOut(String(decoding: digits, as: UTF8.self), exponent)
    }

    /// `digits` times ten to the `exponent`.
    private static func layOut(_ digits: String, _ exponent: Int) -> String {
        let point = digits.count + exponent
        if point - 1 < -4 || point - 1 >= 16 {
            let power = point - 1
            let size = String(abs(power))
            let mantissa = digits.count > 1 ? "\(digits.prefix(1)).\(digits.dropFirst())" : digits
            return "\(mantissa)e\(power < 0 ? "-" : "+")\(size.count < 2 ? "0" : "")\(size)"
        }
        if point <= 0 { return "0." + String(repeating: "0", count: -point) + digits }
        if point >= digits.count { return digits + String(repeating: "0", count: point - digits.count) + ".0" }
        return "\(digits.prefix(point)).\(digits.dropFirst(point))"
    }
}
