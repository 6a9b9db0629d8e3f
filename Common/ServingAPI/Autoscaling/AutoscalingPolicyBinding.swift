import JSONValues
package import KubernetesAPI

/// A view of an AutoscalingPolicyBinding, the place of a policy's target in the first schema generations. Both of its
/// own generations are read; what is scaled today is the policy it makes together with the one it names.
package struct AutoscalingPolicyBinding: Sendable, Hashable {
    package let object: KubernetesObject
    /// The AutoscalingPolicy, in the same namespace, whose metrics and behaviour hold.
    package var policyName: String
    private let spec: JSONValue

    /// Reads an object; throws the first fault that keeps it from being read, naming its field.
    package init(_ object: KubernetesObject) throws(FieldProblem) {
        self.object = object
        let reader = try FieldReader(json: object.json, path: "").required("spec")
        policyName = reader.json[path: "policyRef", "name"]?.string ?? ""
        spec = reader.json
        for name in BindingTranslation.targetNames { _ = try reader.member(name)?.object() }
    }

    package var key: ObjectKey { object.key }

    /// The policy that stands for this binding and the policy it names: that one's metrics and behaviour, this one's
    /// name and target. Status and metadata beyond name and namespace are left out.
    package func merged(with policy: KubernetesObject) -> KubernetesObject {
        var merged = KubernetesObject(.autoscalingPolicy, namespace: object.namespace, name: object.name)
        var common = AutoscalingPolicy.completed(policy.json)["spec"] ?? .object(JSONObject())
        for name in BindingTranslation.targetsOfToday { common[name] = nil }
        let metrics = (common["metrics"]?.elements ?? []).compactMap { $0["name"]?.string }
        let target = BindingTranslation.target(of: spec, metrics: metrics)
        if let target { common[target.name] = target.value }
        merged.spec = common
        return merged
    }

    /// Every rule this object breaks; the rules about metrics are those of the policy it names.
    package var problems: [FieldProblem] {
        var problems: [FieldProblem] = []
        if policyName.isEmpty { problems.append(.required("spec.policyRef.name", "the name of an AutoscalingPolicy")) }
        let written = BindingTranslation.written(in: spec)
        guard written.count == 1, let name = written.first else {
            let one = "set exactly one of homogeneousTarget and heterogeneousTarget"
            problems.append(FieldProblem(.invalid, at: "spec", "Invalid value: \(written.count) targets: \(one)"))
            return problems
        }
        if let fault = BindingTranslation.fault(of: spec, name) { problems.append(fault) }
        guard problems.isEmpty, let target = BindingTranslation.target(of: spec, metrics: [Self.anyMetric]) else {
            return problems
        }
        do throws(FieldProblem) {
            let reader = FieldReader(json: target.value, path: "spec.\(name)")
            switch target.name {
            case "homogeneousTarget": problems += try HomogeneousTarget(reader).problems(at: reader.path)
            case "heterogeneousTarget": problems += try HeterogeneousTarget(reader).problems(at: reader.path)
            default:
                let target = try DisaggregatedTarget(reader)
                problems += target.reference.problems(at: "\(reader.path).target.targetRef")
                for role in target.roles.values { problems += role.bounds.problems(at: reader.path) }
            }
        } catch {
            var problem = error
            problem.field.replace(".metricSources[\(Self.anyMetric)].pod", with: ".metricEndpoint")
            problems.append(problem)
        }
        return problems
    }

    /// Stands for the policy's metrics while the binding is checked by itself.
    private static let anyMetric = "*"

    /// What the kind and its fields are read as.
    static func legacyNotes(_ spec: JSONValue) -> [String] {
        let names = BindingTranslation.written(in: spec)
        return [
            "AutoscalingPolicyBinding: read together with its policy as one AutoscalingPolicy; write the target there"
        ]
            + names.compactMap { name in
                BindingTranslation.today[name].map { "spec.\(name): read as \($0); write it in an AutoscalingPolicy" }
            }
    }
}
