import JSONValues
import ServingAPI

/// What may change in a pod: of its specification only images, the deadline, the grace period and tolerations.
enum PodChanges {
    static func problems(_ json: JSONValue, old: JSONValue) -> [FieldProblem] {
        guard fixedPart(of: json) != fixedPart(of: old) else { return [] }
        return [
            .forbidden(
                "spec",
                "pod updates may not change fields other than `spec.containers[*].image`, "
                    + "`spec.initContainers[*].image`, `spec.activeDeadlineSeconds`, "
                    + "`spec.terminationGracePeriodSeconds` and `spec.tolerations`")
        ]
    }

    private static func fixedPart(of json: JSONValue) -> JSONValue {
        var spec = json["spec"] ?? .null
        for field in ["activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations"] { spec[field] = nil }
        for list in ["containers", "initContainers"] {
            guard let containers = spec[list]?.array else { continue }
            spec[list] = .array(
                containers.map { container in
                    var container = container
                    container["image"] = nil
                    return container
                })
        }
        return spec
    }
}
