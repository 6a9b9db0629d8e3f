package import JSONValues
package import ServingAPI

/// A fault that a schema finds in an object.
package typealias SchemaProblem = FieldProblem

/// The structural schema of one version of a custom kind, compiled once and used for every write.
package struct SchemaSet: Sendable {
    private let root: SchemaNode

    /// Compiles the `schema` of a version of a CustomResourceDefinition (or its `openAPIV3Schema`).
    ///
    /// Throws where the schema is not structural or a rule is outside the language in `RuleParser`.
    package static func compile(crdVersionSchema: JSONValue) throws(SchemaError) -> SchemaSet {
        let schema = crdVersionSchema["openAPIV3Schema"] ?? crdVersionSchema
        return SchemaSet(root: try SchemaNode(schema, isRoot: true, at: ""))
    }

    /// Makes an object that was sent ready to be stored: drops fields without a schema, fills in defaults, and checks.
    ///
    /// `old` is the stored object on an update; rules about change hold against it. `warnings` names each dropped field
    /// (`unknown field "spec.x"`), at most `warningsMax` of them: with `fieldValidation=Strict` they are errors. Rules
    /// of `x-kubernetes-validations` run only on an object without other problems. `completing` is what mutating
    /// admission does between the defaults and the checks.
    package func prepare(
        _ object: JSONValue, old: JSONValue?, completing: (JSONValue) -> JSONValue = { $0 }
    ) -> (object: JSONValue, problems: [SchemaProblem], warnings: [String]) {
        guard object.object != nil else {
            return (object, [.wrongType("", object, expected: "object")], [])
        }
        var dropped: [String] = []
        let pruned = root.pruned(object, at: "", dropped: &dropped)
        // Once more after admission, which may have added objects that have defaults.
        let complete = root.defaulted(completing(root.defaulted(pruned)))
        var problems: [SchemaProblem] = []
        root.check(complete, at: "", into: &problems)
        if problems.isEmpty { root.checkRules(complete, old: old, at: "", into: &problems) }
        let warnings = dropped.prefix(SchemaSet.warningsMax).map { "unknown field \"\($0)\"" }
        return (complete, problems, warnings)
    }

    /// Fills in defaults alone, as for a stored object that is older than the schema.
    package func defaulted(_ object: JSONValue) -> JSONValue { root.defaulted(object) }

    /// Most warnings that one write answers with; fields beyond are dropped without one.
    package static let warningsMax = 64
}
