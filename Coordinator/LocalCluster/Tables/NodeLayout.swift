import JSONValues
import KubernetesAPI

extension TableLayout {
    static let node = TableLayout(columns: [
        .name, PrinterColumn("Status"), PrinterColumn("Roles"), .age, PrinterColumn("Version"),
        PrinterColumn("Internal-IP", wide: true), PrinterColumn("External-IP", wide: true),
        PrinterColumn("OS-Image", wide: true), PrinterColumn("Kernel-Version", wide: true),
        PrinterColumn("Container-Runtime", wide: true),
    ]) { object, now in
        let status = object["status"] ?? .null
        let info = status["nodeInfo"] ?? .null
        return [
            name(of: object), .string(nodeStatus(of: object)), textOrNone(nodeRoles(of: object)),
            age(of: object, now), .string(info["kubeletVersion"]?.string ?? ""),
            textOrNone(address("InternalIP", in: status)), textOrNone(address("ExternalIP", in: status)),
            textOrUnknown(info["osImage"]?.string), textOrUnknown(info["kernelVersion"]?.string),
            textOrUnknown(info["containerRuntimeVersion"]?.string),
        ]
    }

    private static func nodeStatus(of object: JSONValue) -> String {
        let conditions = object[path: "status", "conditions"]?.elements.compactMap { Condition($0) } ?? []
        let ready = conditions.first { $0.type == "Ready" }
        let state = ready.map { $0.holds ? "Ready" : "NotReady" } ?? "Unknown"
        return object[path: "spec", "unschedulable"] == true ? "\(state),SchedulingDisabled" : state
    }

    private static func nodeRoles(of object: JSONValue) -> String {
        let prefix = "node-role.kubernetes.io/"
        return (object[path: "metadata", "labels"]?.stringMap ?? [:]).compactMap { key, value in
            if key.hasPrefix(prefix) { return String(key.dropFirst(prefix.count)) }
            return key == "kubernetes.io/role" && !value.isEmpty ? value : nil
        }.sorted().joined(separator: ",")
    }

    private static func address(_ type: String, in status: JSONValue) -> String? {
        (status["addresses"]?.elements ?? []).first { $0["type"]?.string == type }?["address"]?.string
    }

    private static func textOrUnknown(_ text: String?) -> JSONValue {
        guard let text, !text.isEmpty else { return "<unknown>" }
        return .string(text)
    }
}
