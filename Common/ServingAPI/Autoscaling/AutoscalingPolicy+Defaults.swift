package import JSONValues

extension AutoscalingPolicy {
    private static let scaleDown: JSONValue = [
        "instances": 0, "percent": 100, "period": "1m", "selectPolicy": "Or", "stabilizationWindow": "5m",
    ]
    private static let scaleUp: JSONValue = [
        "instances": 4, "percent": 100, "period": "1m", "selectPolicy": "Or", "stabilizationWindow": "0s",
    ]
    /// Panic that never begins.
    private static let noPanic: JSONValue = [
        "percent": 0, "period": "0s", "panicThresholdPercent": 200, "panicModeHold": "0s",
    ]

    /// A policy with its whole behaviour, and each metric under `name` also where it was written as `metricName`. What
    /// has the wrong type stays as it is, to be refused.
    package static func completed(_ json: JSONValue) -> JSONValue {
        guard var spec = json["spec"], spec.object != nil else { return json }
        fill(&spec, "behavior", with: .object(JSONObject())) { behavior in
            fill(&behavior, "scaleDown", with: scaleDown) { fill(&$0, "stabilizationWindow", with: "5m") }
            fill(&behavior, "scaleUp", with: .object(JSONObject())) { up in
                fill(&up, "stablePolicy", with: scaleUp) { fill(&$0, "stabilizationWindow", with: "0s") }
                fill(&up, "panicPolicy", with: noPanic)
            }
        }
        spec["metrics"] = spec["metrics"].map(named)
        if let roles = spec[path: "disaggregatedTarget", "roles"]?.object {
            for (name, role) in roles where role["metrics"] != nil {
                spec[path: "disaggregatedTarget", "roles", name, "metrics"] = role["metrics"].map(named)
            }
        }
        var json = json
        json["spec"] = spec
        return json
    }

    /// Sets an absent member, then edits it where it is an object.
    private static func fill(
        _ json: inout JSONValue, _ name: String, with value: JSONValue, _ edit: (inout JSONValue) -> Void = { _ in }
    ) {
        var member = json[name] ?? .null
        if member.isNull { member = value }
        if member.object != nil { edit(&member) }
        json[name] = member
    }

    private static func named(_ metrics: JSONValue) -> JSONValue {
        guard let list = metrics.array else { return metrics }
        return .array(
            list.map { metric in
                guard let old = metric["metricName"]?.string, metric["name"]?.string?.isEmpty ?? true else {
                    return metric
                }
                var metric = metric
                metric["name"] = .string(old)
                return metric
            })
    }

    /// What the fields of earlier schema generations in a spec are read as.
    static func legacyNotes(_ spec: JSONValue) -> [String] {
        let metrics = spec["metrics"]?.elements ?? []
        guard let index = metrics.firstIndex(where: { $0["metricName"] != nil }) else { return [] }
        var notes = ["spec.metrics[\(index)].metricName: read as name; write name"]
        if !["homogeneousTarget", "heterogeneousTarget", "disaggregatedTarget"].contains(where: { spec[$0] != nil }) {
            notes.append(
                "spec: without a target it scales what an AutoscalingPolicyBinding names; write the target here")
        }
        return notes
    }
}
