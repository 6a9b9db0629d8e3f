/// How a requirement compares a label's value, by the word manifests use.
package enum Comparison: String, Sendable {
    case isIn = "In"
    case isNotIn = "NotIn"
    case exists = "Exists"
    case isAbsent = "DoesNotExist"
    case isGreater = "Gt"
    case isLess = "Lt"

    /// Whether it holds for a value, nil where there is none.
    func holds(_ actual: String?, _ values: [String]) -> Bool {
        switch self {
        case .isIn: actual.map(values.contains) ?? false
        case .isNotIn: actual.map { !values.contains($0) } ?? true
        case .exists: actual != nil
        case .isAbsent: actual == nil
        case .isGreater: Comparison.numbers(actual, values, >)
        case .isLess: Comparison.numbers(actual, values, <)
        }
    }

    /// Numbers on both sides, else it does not hold.
    private static func numbers(_ actual: String?, _ values: [String], _ order: (Int, Int) -> Bool) -> Bool {
        guard let left = actual.flatMap({ Int($0) }), let right = values.first.flatMap({ Int($0) }) else {
            return false
        }
        return order(left, right)
    }
}

/// One condition on an object's labels.
package struct LabelRequirement: Sendable, Hashable {
    package var key: String
    package var comparison: Comparison
    package var values: [String]

    package init(_ key: String, _ comparison: Comparison, _ values: [String] = []) {
        self.key = key
        self.comparison = comparison
        self.values = values
    }

    func holds(for labels: [String: String]) -> Bool { comparison.holds(labels[key], values) }
}

/// One condition of a node affinity.
package struct NodeRequirement: Sendable, Hashable {
    /// What the condition reads: a label, or the node's own name.
    package enum Subject: Sendable, Hashable {
        case label(String)
        case nodeName
    }

    package var subject: Subject
    package var comparison: Comparison
    package var values: [String]

    package init(_ subject: Subject, _ comparison: Comparison, _ values: [String] = []) {
        self.subject = subject
        self.comparison = comparison
        self.values = values
    }

    func holds(for node: PlacementNode) -> Bool {
        switch subject {
        case .label(let key): comparison.holds(node.labels[key], values)
        case .nodeName: comparison.holds(node.name, values)
        }
    }
}
