import JSONValues

/// Turns the target of an AutoscalingPolicyBinding, of either generation, into the target of an AutoscalingPolicy.
enum BindingTranslation {
    /// What the first generation called the targets.
    static let today = ["scalingConfiguration": "homogeneousTarget", "optimizerConfiguration": "heterogeneousTarget"]
    static let targetNames = [
        "homogeneousTarget", "heterogeneousTarget", "scalingConfiguration", "optimizerConfiguration",
    ]
    static let targetsOfToday = ["homogeneousTarget", "heterogeneousTarget", "disaggregatedTarget"]

    /// The targets a binding has, by the names they were written under.
    static func written(in spec: JSONValue) -> [String] {
        targetNames.filter { spec[$0].map { !$0.isNull } ?? false }
    }

    /// The one target, under its name of today; each of `metrics` is read where the binding says. Nil where there is
    /// none.
    static func target(of spec: JSONValue, metrics: [String]) -> (name: String, value: JSONValue)? {
        guard let name = written(in: spec).first, var value = spec[name] else { return nil }
        if (today[name] ?? name) == "heterogeneousTarget" {
            let parameters = value["params"]?.array?.map { parameter in
                var parameter = parameter
                parameter["target"] = scalingTarget(parameter["target"] ?? .null, metrics)
                return parameter
            }
            if let parameters { value["params"] = .array(parameters) }
            return ("heterogeneousTarget", value)
        }
        let target = value["target"] ?? .null
        guard let role = roleName(of: target) else {
            value["target"] = scalingTarget(target, metrics)
            return ("homogeneousTarget", value)
        }
        return ("disaggregatedTarget", disaggregated(value, target, role: role, metrics))
    }

    /// What has no counterpart today.
    static func fault(of spec: JSONValue, _ name: String) -> FieldProblem? {
        for (index, parameter) in (spec[name]?["params"]?.elements ?? []).enumerated() {
            guard let target = parameter["target"], roleName(of: target) != nil else { continue }
            return .forbidden(
                "spec.\(name).params[\(index)].target",
                "a role cannot be one of several targets; scale the role by a homogeneousTarget")
        }
        return nil
    }

    /// `{targetRef, metricSources}` of `{targetRef, metricEndpoint, additionalMatchLabels}`.
    private static func scalingTarget(_ target: JSONValue, _ metrics: [String]) -> JSONValue {
        guard target.object != nil else { return target }
        return .members(["targetRef": target["targetRef"], "metricSources": sources(target, metrics)])
    }

    private static func disaggregated(
        _ value: JSONValue, _ target: JSONValue, role: String, _ metrics: [String]
    ) -> JSONValue {
        var reference = target["targetRef"] ?? .object(JSONObject())
        if reference["kind"]?.string == roleKind { reference["kind"] = "ModelServing" }
        if let name = reference["name"]?.string, let slash = name.firstIndex(of: "/") {
            reference["name"] = .string(String(name[..<slash]))
        }
        let scaling = JSONValue.members([
            "minReplicas": value["minReplicas"], "maxReplicas": value["maxReplicas"],
            "metricSources": sources(target, metrics),
        ])
        return ["targetRef": reference, "roles": [role: scaling]]
    }

    private static let roleKind = "ModelServing/Role"

    /// The role a target means, where it means one: `subTargets` of kind Role, or a reference to `<serving>/<role>`.
    private static func roleName(of target: JSONValue) -> String? {
        let sub = target["subTargets"]?[0] ?? target["subTargets"] ?? .null
        if let name = sub["name"]?.string, !name.isEmpty { return name }
        guard target[path: "targetRef", "kind"]?.string == roleKind,
            let name = target[path: "targetRef", "name"]?.string, let slash = name.firstIndex(of: "/")
        else { return nil }
        return String(name[name.index(after: slash)...])
    }

    private static func sources(_ target: JSONValue, _ metrics: [String]) -> JSONValue? {
        var pod = target["metricEndpoint"] ?? .null
        if let labels = target["additionalMatchLabels"], labels.object?.isEmpty == false {
            pod[path: "labelSelector", "matchLabels"] = labels
        }
        // What is no object goes on as it is, to be refused.
        guard !pod.isNull else { return nil }
        var sources = JSONObject()
        for metric in metrics { sources[metric] = ["pod": pod] }
        return .object(sources)
    }
}
