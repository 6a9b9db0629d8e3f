package import JSONValues
package import KubernetesAPI

extension ModelBooster {
    /// A booster whose backend stands where it stands today and has `replicas`: the first element of `backends`, and
    /// `minReplicas`, are read as these.
    package static func completed(_ json: JSONValue) -> JSONValue {
        guard var spec = json["spec"], spec.object != nil else { return json }
        if spec["backend"] == nil, let first = spec["backends"]?[0] { spec["backend"] = first }
        if var backend = spec["backend"], backend.object != nil, backend["replicas"] == nil {
            backend["replicas"] = backend["minReplicas"]
            spec["backend"] = backend
        }
        var json = json
        json["spec"] = spec
        return json
    }

    /// What the fields of earlier schema generations in a spec are read as.
    static func legacyNotes(_ spec: JSONValue) -> [String] {
        var notes: [String] = []
        if let several = spec["backends"]?.array, spec["backend"] == nil {
            notes.append("spec.backends: the first is read as backend; write backend")
            if several.count > 1 {
                notes.append("spec.backends: \(several.count - 1) more are not run; write a ModelBooster for each")
            }
        }
        let backend = spec["backend"] ?? spec["backends"]?[0] ?? .null
        let path = spec["backend"] == nil ? "spec.backends[0]" : "spec.backend"
        if let type = backend["type"]?.string, ModelBackend.Kind(rawValue: type)?.hasTemplate == false {
            notes.append("\(path).type: there is no template for \(type), so nothing is run; use vLLM")
        }
        if backend["minReplicas"] != nil || backend["maxReplicas"] != nil {
            notes.append(
                "\(path).minReplicas: read as replicas, and up to maxReplicas as an AutoscalingPolicy; write these"
            )
        }
        if spec["autoscalingPolicy"] != nil {
            notes.append("spec.autoscalingPolicy: read as an AutoscalingPolicy of the backend; write one")
        }
        for name in ["autoscalingPolicy", "loraAdapters", "routeWeight", "scalingCost", "scaleToZeroGracePeriod"]
        where backend[name] != nil {
            let meaning =
                name == "autoscalingPolicy" ? "read as an AutoscalingPolicy of the backend; write one" : "has no effect"
            notes.append("\(path).\(name): \(meaning)")
        }
        return notes
    }

    /// The policy that `minReplicas`, `maxReplicas` and `autoscalingPolicy` of earlier generations ask for: it scales
    /// the booster's ModelServing between the two. Nil where they are equal or absent, or nothing says what to measure.
    package var policyOfEarlierGenerations: KubernetesObject? {
        let spec = ModelBooster.completed(object.json)["spec"] ?? .null
        let old = spec["backend"] ?? .null
        guard let least = old["minReplicas"]?.integer, let most = old["maxReplicas"]?.integer, least < most,
            let rules = spec["autoscalingPolicy"] ?? old["autoscalingPolicy"], rules.object != nil
        else { return nil }
        let serving = "\(object.name)-\(backend.name)"
        var policy = KubernetesObject(.autoscalingPolicy, namespace: object.namespace, name: serving)
        policy.spec = rules
        policy.spec["homogeneousTarget"] = [
            "target": ["targetRef": ["kind": "ModelServing", "name": .string(serving)]],
            "minReplicas": JSONValue(least), "maxReplicas": JSONValue(most),
        ]
        policy.json = AutoscalingPolicy.completed(policy.json)
        return policy
    }
}
