package import JSONValues

/// A count given as such or as a share of a total: `2` or `"25%"`.
package enum IntOrPercent: Sendable, Hashable, CustomStringConvertible {
    /// 0 to 2^31 − 1.
    case count(Int)
    /// 0 to 100.
    case percent(Int)

    /// Which way a share that is no whole number goes.
    package enum Rounding: Sendable {
        case down
        case up
    }

    /// Nil for a negative number or one above 2^31 − 1, a percentage outside 0 to 100, and any other text.
    package init?(_ json: JSONValue) {
        if let count = json.integer {
            guard count >= 0, count <= Int(Int32.max) else { return nil }
            self = .count(count)
            return
        }
        guard let text = json.string, text.hasSuffix("%") else { return nil }
        let digits = text.dropLast()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let share = Int(digits), share <= 100
        else { return nil }
        self = .percent(share)
    }

    /// The count this stands for among `total`; a plain count is returned as it is, even above `total`.
    package func resolved(of total: Int, rounding: Rounding) -> Int {
        switch self {
        case .count(let count): return count
        case .percent(let share):
            let (product, overflow) = total.multipliedReportingOverflow(by: share)
            if overflow { return total / 100 * share }
            return product / 100 + (rounding == .up && product % 100 != 0 ? 1 : 0)
        }
    }

    package var json: JSONValue {
        switch self {
        case .count(let count): JSONValue(count)
        case .percent(let share): .string("\(share)%")
        }
    }

    package var description: String {
        switch self {
        case .count(let count): "\(count)"
        case .percent(let share): "\(share)%"
        }
    }
}
