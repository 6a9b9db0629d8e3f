// The standard library composes texts but does not offer it otherwise; Foundation would cost 40 MB.
@_spi(_Unicode) import Swift

/// What is done to a text, between its special tokens, before it is cut.
enum Normalizer: Sendable, Hashable {
    /// Canonical composition.
    case composed
    /// Puts bytes before a text that is not empty.
    case prepend([UInt8])
    /// Puts one text in place of another, wherever it stands.
    case replace([UInt8], by: [UInt8])

    /// The engines' composition knows Unicode up to this version; later scalars stay and compose with nothing.
    private static let composedMajor = 9

    /// The text after this step, or nil when it stays as it is.
    func apply(_ text: Span<UInt8>, _ classes: Span<UInt16>) -> [UInt8]? {
        switch self {
        case .composed: return Self.compose(text, classes)
        case .prepend(let bytes): return text.isEmpty ? nil : bytes + (0..<text.count).map { text[$0] }
        case .replace(let old, let new):
            var result: [UInt8] = []
            result.reserveCapacity(text.count * 2)
            var at = 0
            while at < text.count {
                if text.holds(old, at: at, before: text.count) {
                    result += new
                    at += old.count
                } else {
                    result.append(text[at])
                    at += 1
                }
            }
            return result
        }
    }

    private static func compose(_ text: Span<UInt8>, _ classes: Span<UInt16>) -> [UInt8]? {
        var at = 0
        var mayChange = false
        // Below U+0300, whose first byte is 0xCC, nothing changes.
        while at < text.count, !mayChange {
            if text[at] < 0xCC {
                at += 1
                if at & 7 == 0 { at = text.skipASCII(at, text.count) }
            } else {
                let step = text.step(at, classes)
                mayChange = step.bits & ScalarClass.composes != 0
                at += step.count
            }
        }
        if !mayChange { return nil }
        var result: [UInt8] = []
        var part = ""
        at = 0
        while at < text.count {
            let (value, count) = text.scalar(at)
            at += count
            guard let scalar = Unicode.Scalar(value) else { continue }
            if let age = scalar.properties.age, age.major <= composedMajor {
                part.unicodeScalars.append(scalar)
                continue
            }
            append(part, to: &result)
            part = ""
            result.append(contentsOf: String(scalar).utf8)
        }
        append(part, to: &result)
        return result
    }

    private static func append(_ part: String, to result: inout [UInt8]) {
        for scalar in part._nfc { result.append(contentsOf: String(scalar).utf8) }
    }
}
