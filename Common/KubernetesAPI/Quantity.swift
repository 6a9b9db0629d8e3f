package import JSONValues

/// A Kubernetes resource quantity (`8`, `500m`, `64Gi`, `1e3`), kept in thousandths; what does not fit saturates.
package struct Quantity: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Thousandths of the unit, rounded up.
    package var milli: Int64

    package init(milli: Int64) { self.milli = milli }
    package init(_ value: Int64) {
        milli = value.multipliedReportingOverflow(by: 1_000).overflow ? .max : value * 1_000
    }

    /// Whole units, rounded up: bytes of memory, counts of devices.
    package var value: Int64 { milli / 1_000 + (milli % 1_000 > 0 ? 1 : 0) }

    /// Units as written in a manifest, without a suffix for whole numbers and with `m` for others.
    package var description: String { milli % 1_000 == 0 ? String(milli / 1_000) : "\(milli)m" }

    package static func < (left: Quantity, right: Quantity) -> Bool { left.milli < right.milli }

    package static func + (left: Quantity, right: Quantity) -> Quantity {
        let (sum, overflow) = left.milli.addingReportingOverflow(right.milli)
        return Quantity(milli: overflow ? .max : sum)
    }

    package static func * (quantity: Quantity, count: Int) -> Quantity {
        let (product, overflow) = quantity.milli.multipliedReportingOverflow(by: Int64(count))
        guard overflow else { return Quantity(milli: product) }
        return Quantity(milli: (quantity.milli < 0) == (count < 0) ? .max : .min)
    }

    /// Reads a quantity as a manifest holds it, a string or a number; nil for anything else.
    package init?(_ json: JSONValue) {
        switch json {
        case .integer(let value): self.init(value)
        case .double(let value): self.init(milli: Quantity.saturating((value * 1_000).rounded(.up)))
        case .string(let text): self.init(text)
        default: return nil
        }
    }

    /// Reads a decimal number with an optional suffix (n, u, m, k, M, G, T, P, E, Ki … Ei) or exponent.
    package init?(_ text: String) {
        let scales: [(String, Double)] = [
            ("Ki", 0x1p10), ("Mi", 0x1p20), ("Gi", 0x1p30), ("Ti", 0x1p40), ("Pi", 0x1p50), ("Ei", 0x1p60),
            ("n", 1e-9), ("u", 1e-6), ("m", 1e-3), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15),
            ("E", 1e18),
        ]
        let match = scales.first { text.hasSuffix($0.0) }
        let number = match.map { String(text.dropLast($0.0.count)) } ?? text
        guard let first = number.utf8.first, first == 43 || first == 45 || first == 46 || (48...57).contains(first),
            !number.utf8.contains(UInt8(ascii: "x")), let value = Double(number), value.isFinite
        else { return nil }
        milli = Quantity.saturating((value * (match?.1 ?? 1) * 1_000).rounded(.up))
    }

    private static func saturating(_ value: Double) -> Int64 {
        if value >= 0x1p63 { return .max }
        return value <= -0x1p63 ? .min : Int64(value)
    }
}
