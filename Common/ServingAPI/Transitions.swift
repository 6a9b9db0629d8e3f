package import JSONValues
package import KubernetesAPI

/// The rules about what a change of an object may change.
package enum Transitions {
    /// Fields of `new` that could not come from `old`.
    package static func problems(_ kind: ResourceKind, _ new: JSONValue, old: JSONValue) -> [FieldProblem] {
        switch kind {
        case .modelServing: gangProblems(new, old: old)
        case .modelRoute: modelNameProblems(new, old: old)
        default: []
        }
    }

    private static func gangProblems(_ new: JSONValue, old: JSONValue) -> [FieldProblem] {
        let path = "spec.template.gangPolicy"
        guard let before = old[path: "spec", "template", "gangPolicy"], !before.isNull else { return [] }
        guard let after = new[path: "spec", "template", "gangPolicy"], !after.isNull else {
            return [
                .required(path, "gangPolicy cannot be removed once it was set; delete and create the object instead")
            ]
        }
        guard let minimums = before["minRoleReplicas"], let wanted = after["minRoleReplicas"], minimums != wanted
        else { return [] }
        return [
            .invalid(
                "\(path).minRoleReplicas", wanted,
                "minRoleReplicas cannot be changed; keep \(minimums.text()), or delete and create the object")
        ]
    }

    private static func modelNameProblems(_ new: JSONValue, old: JSONValue) -> [FieldProblem] {
        let before = old[path: "spec", "modelName"]?.string ?? ""
        let after = new[path: "spec", "modelName"]?.string ?? ""
        guard !before.isEmpty, !after.isEmpty, before != after else { return [] }
        return [
            .invalid(
                "spec.modelName", .string(after),
                "modelName cannot be changed; keep '\(before)', or delete and create the route")
        ]
    }
}
