package import JSONValues
package import KubernetesAPI

/// Fields and kinds of earlier schema generations that an object uses.
package enum LegacyFields {
    /// One sentence for each: what it is read as, or that it has no effect.
    package static func notes(_ kind: ResourceKind, _ json: JSONValue) -> [String] {
        switch kind {
        case .modelServing: ModelServing.legacyNotes(json["spec"] ?? .null)
        case .autoscalingPolicy: AutoscalingPolicy.legacyNotes(json["spec"] ?? .null)
        case .autoscalingPolicyBinding: AutoscalingPolicyBinding.legacyNotes(json["spec"] ?? .null)
        case .modelBooster: ModelBooster.legacyNotes(json["spec"] ?? .null)
        default: []
        }
    }
}
