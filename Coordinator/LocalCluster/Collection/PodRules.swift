import JSONValues
import KubernetesAPI
import ServingAPI

/// Rules about pods: what has to be there for one to be placed and run.
enum PodRules {
    private static let restartPolicies: [JSONValue] = ["Always", "Never", "OnFailure"]
    private static let protocols: [JSONValue] = ["SCTP", "TCP", "UDP"]

    static func problems(_ json: JSONValue) -> [FieldProblem] {
        guard let spec = json["spec"], spec.object != nil else { return [.required("spec")] }
        var problems: [FieldProblem] = []
        if let policy = spec["restartPolicy"], !restartPolicies.contains(policy) {
            problems.append(.unsupported("spec.restartPolicy", policy, supported: restartPolicies))
        }
        if let grace = spec["terminationGracePeriodSeconds"], (grace.integer ?? -1) < 0 {
            problems.append(.invalid("spec.terminationGracePeriodSeconds", grace, "must be 0 or more"))
        }
        if spec["containers"]?.elements.isEmpty ?? true {
            problems.append(.required("spec.containers", "a pod has at least one container"))
        }
        var volumes: Set<String> = []
        for (index, volume) in (spec["volumes"]?.elements ?? []).enumerated() {
            problems += nameProblems(volume, at: "spec.volumes[\(index)]", seen: &volumes)
        }
        var names: Set<String> = []
        for list in ["initContainers", "containers"] {
            for (index, container) in (spec[list]?.elements ?? []).enumerated() {
                let path = "spec.\(list)[\(index)]"
                problems += nameProblems(container, at: path, seen: &names)
                problems += containerProblems(container, at: path, volumes: volumes)
            }
        }
        return problems
    }

    private static func nameProblems(
        _ json: JSONValue, at path: String, seen: inout Set<String>
    ) -> [FieldProblem] {
        guard let name = json["name"]?.string, !name.isEmpty else { return [.required("\(path).name")] }
        if !NameRules.isDNS1123Label(name) {
            return [
                .invalid(
                    "\(path).name", .string(name), "a name is at most 63 lower-case letters, digits and inner '-'")
            ]
        }
        return seen.insert(name).inserted ? [] : [.duplicate("\(path).name", .string(name))]
    }

    private static func containerProblems(
        _ container: JSONValue, at path: String, volumes: Set<String>
    ) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        let image = container["image"]?.string ?? ""
        if image.isEmpty { problems.append(.required("\(path).image")) }
        if image.contains(where: \.isWhitespace) {
            problems.append(.invalid("\(path).image", .string(image), "must not contain white space"))
        }
        for (index, port) in (container["ports"]?.elements ?? []).enumerated() {
            let field = "\(path).ports[\(index)]"
            problems +=
                port["containerPort"].map { portProblems($0, at: "\(field).containerPort") }
                ?? [.required("\(field).containerPort")]
            if let choice = port["protocol"], !protocols.contains(choice) {
                problems.append(.unsupported("\(field).protocol", choice, supported: protocols))
            }
        }
        for (index, variable) in (container["env"]?.elements ?? []).enumerated()
        where variable["name"]?.string?.isEmpty ?? true {
            problems.append(.required("\(path).env[\(index)].name"))
        }
        for (index, mount) in (container["volumeMounts"]?.elements ?? []).enumerated() {
            let field = "\(path).volumeMounts[\(index)]"
            let name = mount["name"]?.string ?? ""
            if !volumes.contains(name) { problems.append(.notFound("\(field).name", .string(name))) }
            if mount["mountPath"]?.string?.isEmpty ?? true { problems.append(.required("\(field).mountPath")) }
        }
        return problems + resourceProblems(container["resources"] ?? .null, at: "\(path).resources")
    }

    private static func resourceProblems(_ resources: JSONValue, at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        for list in ["limits", "requests"] {
            for (name, value) in resources[list]?.object ?? JSONObject() {
                let field = "\(path).\(list)[\(name)]"
                guard let quantity = Quantity(value) else {
                    problems.append(.invalid(field, value, "must be a quantity such as 2, 500m or 64Gi"))
                    continue
                }
                if quantity.milli < 0 { problems.append(.invalid(field, value, "must be 0 or more")) }
                guard list == "requests", let limit = resources[path: "limits", name].flatMap({ Quantity($0) })
                else { continue }
                if quantity > limit {
                    problems.append(.invalid(field, value, "must be less than or equal to \(name) limit of \(limit)"))
                } else if quantity != limit, name.contains("/") {
                    problems.append(.invalid(field, value, "must be equal to \(name) limit of \(limit)"))
                }
            }
        }
        return problems
    }

    static func portProblems(_ port: JSONValue, at path: String) -> [FieldProblem] {
        guard let number = port.integer else { return [.wrongType(path, port, expected: "integer")] }
        return (1...65_535).contains(number)
            ? [] : [.invalid(path, port, "must be between 1 and 65535, inclusive")]
    }
}
