import JSONValues
import KubernetesAPI
import ServingAPI

/// What this server checks and completes in built-in kinds: what a pod runtime or a scheduler could not work with, and
/// what may not change.
enum BuiltInRules {
    static func faults(of json: JSONValue, old: JSONValue?, kind: ServedKind) -> [FieldProblem] {
        switch kind.kind {
        case .pod: podFaults(json) + (old.map { podChangeFaults(json, old: $0) } ?? [])
        case .service: serviceFaults(json)
        case .configMap: mapFaults(json, "data")
        case .secret: mapFaults(json, "data") + secretFaults(json)
        default: []
        }
    }

    // MARK: Pods

    private static func podFaults(_ json: JSONValue) -> [FieldProblem] {
        guard let containers = json[path: "spec", "containers"]?.array, !containers.isEmpty else {
            return [.required("spec.containers")]
        }
        var faults: [FieldProblem] = []
        var names: Set<String> = []
        for list in ["initContainers", "containers"] {
            for (index, container) in (json[path: "spec", list]?.elements ?? []).enumerated() {
                let field = "spec.\(list)[\(index)]"
                let name = container["name"]?.string ?? ""
                if name.isEmpty { faults.append(.required("\(field).name")) }
                if let fault = name.isEmpty ? nil : Naming.labelFault(name) {
                    faults.append(.invalid("\(field).name", fault))
                }
                if !name.isEmpty, !names.insert(name).inserted {
                    faults.append(
                        .duplicate("\(field).name", .string(name)))
                }
                if (container["image"]?.string ?? "").isEmpty { faults.append(.required("\(field).image")) }
                faults += quantityFaults(container, field)
            }
        }
        return faults
    }

    private static func quantityFaults(_ container: JSONValue, _ field: String) -> [FieldProblem] {
        ["limits", "requests"].flatMap { list in
            (container[path: "resources", list]?.object.map(Array.init) ?? []).compactMap { name, value in
                guard Quantity(value) == nil else { return nil }
                return .invalid("\(field).resources.\(list)[\(name)]", "\(value.text()): is not a quantity")
            }
        }
    }

    /// Of a pod's specification only images, the deadline, the grace period and tolerations may change.
    private static func podChangeFaults(_ json: JSONValue, old: JSONValue) -> [FieldProblem] {
        guard fixedPodSpec(json) != fixedPodSpec(old) else { return [] }
        return [
            .forbidden(
                "spec",
                "pod updates may not change fields other than `spec.containers[*].image`, "
                    + "`spec.initContainers[*].image`, `spec.activeDeadlineSeconds`, "
                    + "`spec.terminationGracePeriodSeconds` and `spec.tolerations`")
        ]
    }

    private static func fixedPodSpec(_ json: JSONValue) -> JSONValue {
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

    // MARK: Services, maps

    private static func serviceFaults(_ json: JSONValue) -> [FieldProblem] {
        var faults: [FieldProblem] = []
        let ports = json[path: "spec", "ports"]?.elements ?? []
        for (index, port) in ports.enumerated() {
            let field = "spec.ports[\(index)]"
            if let number = port["port"]?.integer, (1...65_535).contains(number) {} else {
                faults.append(.invalid("\(field).port", "must be between 1 and 65535, inclusive"))
            }
            if ports.count > 1, (port["name"]?.string ?? "").isEmpty { faults.append(.required("\(field).name")) }
        }
        return faults
    }

    private static func mapFaults(_ json: JSONValue, _ field: String) -> [FieldProblem] {
        guard let data = json[field], !data.isNull else { return [] }
        guard let members = data.object else { return [.invalid(field, "must be a map of strings")] }
        return members.compactMap { key, value in
            value.string == nil ? .invalid("\(field)[\(key)]", "must be a string") : nil
        }
    }

    private static func secretFaults(_ json: JSONValue) -> [FieldProblem] {
        (json["data"]?.stringMap ?? [:]).sorted { $0.key < $1.key }.compactMap { key, value in
            Base64.isValid(value) ? nil : .invalid("data[\(key)]", "is not base64")
        }
    }

    /// Moves `stringData` into `data`, as base64.
    static func encodeStringData(_ json: inout JSONValue) {
        for (key, value) in json["stringData"]?.stringMap ?? [:] {
            json[path: "data", key] = .string(Base64.encode(Array(value.utf8)))
        }
        json["stringData"] = nil
    }

    static func completeNamespace(_ json: inout JSONValue) {
        let name = json[path: "metadata", "name"]?.string ?? ""
        json[path: "metadata", "labels", "kubernetes.io/metadata.name"] = .string(name)
        if json[path: "spec", "finalizers"] == nil {
            json[path: "spec", "finalizers"] = [.string(BuiltInKinds.namespaceFinalizer)]
        }
        if json[path: "status", "phase"] == nil { json[path: "status", "phase"] = "Active" }
    }
}
