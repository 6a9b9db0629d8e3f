/// One measured value and what it has to reach.
struct Bar {
    /// A ratio's limit is what was once measured, less the spread between machines: it only ever rises.
    enum Limit {
        case atMost(Double)
        case atLeast(Double)
    }

    /// One word: the subject and the reference it is compared with.
    var name: String
    var value: Double
    var unit: String
    var limit: Limit
    /// The times behind the value, for people.
    var detail: String

    var isReached: Bool {
        switch limit {
        case .atMost(let bound): value <= bound
        case .atLeast(let bound): value >= bound
        }
    }

    /// `name value unit limit ok|short`.
    var line: String {
        let bound =
            switch limit {
            case .atMost(let bound), .atLeast(let bound): bound
            }
        return "\(name) \(Self.text(value)) \(unit) \(Self.text(bound)) \(isReached ? "ok" : "short")"
    }

    /// Two digits after the point below 100, none from there on.
    static func text(_ value: Double) -> String {
        value < 100 ? "\((value * 100).rounded() / 100)" : "\(Int(value.rounded()))"
    }
}

/// A bar that cannot be measured, in one sentence.
struct BenchmarkError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

extension Duration {
    var milliseconds: Double { self / .milliseconds(1) }
    var microseconds: Double { self / .microseconds(1) }
}
