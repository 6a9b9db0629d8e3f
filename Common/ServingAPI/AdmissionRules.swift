package import JSONValues
package import KubernetesAPI

/// What admission says about an object of one of our kinds. The webhooks and the embedded server both ask here, so that
/// an object means the same on either.
package enum AdmissionRules {
    /// The answer about one object.
    package struct Review: Sendable, Hashable {
        /// The object with the defaults that depend on more than one field, and old names of fields beside their new
        /// ones.
        package var object: JSONValue
        /// Every rule it breaks; none for an object that may be stored.
        package var problems: [FieldProblem]
        /// One sentence for each field of an earlier schema generation: what it is read as.
        package var warnings: [String]

        /// What turns the object that was sent into `object`: a JSON patch, empty where nothing changes.
        package func patch(from sent: JSONValue) -> [JSONValue] { sent.difference(to: object) }
    }

    /// The kinds that have rules.
    package static let kinds: [ResourceKind] = [
        .modelServing, .modelBooster, .autoscalingPolicy, .autoscalingPolicyBinding, .modelServer, .modelRoute,
        .externalModelProvider,
    ]

    /// An object with the defaults of its kind that a schema cannot state; runs after the schema's own defaults and
    /// before its checks. Applying it twice changes nothing more, and it changes nothing that was written.
    package static func completed(_ kind: ResourceKind, _ json: JSONValue) -> JSONValue {
        switch kind {
        case .autoscalingPolicy: AutoscalingPolicy.completed(json)
        case .modelBooster: ModelBooster.completed(json)
        default: json
        }
    }

    /// Completes and checks an object that is created (`old` nil) or takes the place of `old`.
    ///
    /// A change that leaves the spec alone is never refused: metadata and finalizers of an object that was stored
    /// before a rule came must stay editable.
    package static func review(_ kind: ResourceKind, _ json: JSONValue, old: JSONValue? = nil) -> Review {
        let object = completed(kind, json)
        var review = Review(object: object, problems: [], warnings: LegacyFields.notes(kind, json))
        if let old, old["spec"] == json["spec"] { return review }
        review.problems = Validation.problems(kind, object)
        if let old { review.problems += Transitions.problems(kind, object, old: completed(kind, old)) }
        return review
    }

    /// The text of a refusal: a heading, then one problem a line with the field and the fix.
    package static func message(_ problems: [FieldProblem]) -> String {
        "validation failed:" + problems.map { "\n  - \($0)" }.joined()
    }
}
