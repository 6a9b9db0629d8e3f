import JSONValues
import ServingAPI

/// Rules about services.
enum ServiceRules {
    private static let types: [JSONValue] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
    private static let protocols: [JSONValue] = ["SCTP", "TCP", "UDP"]

    static func problems(_ json: JSONValue) -> [FieldProblem] {
        let spec = json["spec"] ?? .null
        let ports = spec["ports"]?.elements ?? []
        var problems: [FieldProblem] = []
        if let type = spec["type"], !types.contains(type) {
            problems.append(.unsupported("spec.type", type, supported: types))
        }
        if spec["type"] == "ExternalName" {
            if spec["externalName"]?.string?.isEmpty ?? true { problems.append(.required("spec.externalName")) }
        } else if ports.isEmpty, spec["clusterIP"] != "None" {
            problems.append(.required("spec.ports", "a service has at least one port unless its clusterIP is None"))
        }
        var names: Set<String> = []
        for (index, port) in ports.enumerated() {
            let path = "spec.ports[\(index)]"
            let name = port["name"]?.string ?? ""
            if name.isEmpty, ports.count > 1 {
                problems.append(.required("\(path).name", "each of several ports needs a name"))
            } else if !name.isEmpty, !names.insert(name).inserted {
                problems.append(.duplicate("\(path).name", .string(name)))
            }
            problems += portProblems(port, at: path)
        }
        return problems
    }

    private static func portProblems(_ port: JSONValue, at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if let number = port["port"] {
            problems += PodRules.portProblems(number, at: "\(path).port")
        } else {
            problems.append(.required("\(path).port"))
        }
        if let target = port["targetPort"], target.string == nil {
            problems += PodRules.portProblems(target, at: "\(path).targetPort")
        }
        if let choice = port["protocol"], !protocols.contains(choice) {
            problems.append(.unsupported("\(path).protocol", choice, supported: protocols))
        }
        return problems
    }
}
