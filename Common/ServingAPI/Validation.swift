package import JSONValues
package import KubernetesAPI

/// The rules of our kinds that go beyond their schemas; the same ones hold in admission and in the embedded server.
package enum Validation {
    /// Every problem of an object of one of our kinds, none for any other kind. Expects defaults to be filled in or
    /// absent; what cannot be read at all is the one problem answered.
    package static func problems(_ kind: ResourceKind, _ json: JSONValue) -> [FieldProblem] {
        let object = KubernetesObject(json)
        do throws(FieldProblem) {
            switch kind {
            case .modelServing: return try ModelServing(object).problems
            case .modelServer: return try ModelServer(object).problems
            case .modelRoute: return try ModelRoute(object).problems
            case .autoscalingPolicy: return try AutoscalingPolicy(object).problems
            case .autoscalingPolicyBinding: return try AutoscalingPolicyBinding(object).problems
            case .modelBooster: return try ModelBooster(object).problems
            case .externalModelProvider: return try ExternalModelProvider(object).problems
            default: return []
            }
        } catch {
            return [error]
        }
    }

    /// Problems of a map of labels, one for each key or value that has a wrong form.
    static func problems(labels: [String: String], at path: String) -> [FieldProblem] {
        labels.sorted { $0.key < $1.key }.flatMap { key, value in
            var problems: [FieldProblem] = []
            if !NameRules.isLabelKey(key) {
                problems.append(
                    .invalid(
                        path, .string(key),
                        "must be a label key: letters, digits, '-', '_' and '.', with an optional domain before a '/'"))
            }
            if !NameRules.isLabelValue(value) {
                problems.append(
                    .invalid(
                        "\(path)[\(key)]", .string(value),
                        "must be a label value: at most 63 letters, digits, '-', '_' and '.'"))
            }
            return problems
        }
    }
}
