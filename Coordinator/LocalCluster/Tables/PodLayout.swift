import JSONValues
import KubernetesAPI

extension TableLayout {
    static let pod = TableLayout(columns: [
        .name, PrinterColumn("Ready"), PrinterColumn("Status"), PrinterColumn("Restarts"), .age,
        PrinterColumn("IP", wide: true), PrinterColumn("Node", wide: true), PrinterColumn("Nominated Node", wide: true),
        PrinterColumn("Readiness Gates", wide: true),
    ]) { object, now in
        let summary = PodSummary(object)
        let status = object["status"] ?? .null
        return [
            name(of: object), .string("\(summary.ready)/\(summary.total)"), .string(summary.reason),
            .string(summary.restarts(now: now)), age(of: object, now), textOrNone(status["podIP"]?.string),
            textOrNone(object[path: "spec", "nodeName"]?.string), textOrNone(status["nominatedNodeName"]?.string),
            readinessGates(of: object),
        ]
    }

    private static func readinessGates(of object: JSONValue) -> JSONValue {
        let gates = object[path: "spec", "readinessGates"]?.elements.compactMap { $0["conditionType"]?.string } ?? []
        let met = gates.count { Pod(KubernetesObject(object)).conditions.holds($0) }
        return gates.isEmpty ? "<none>" : .string("\(met)/\(gates.count)")
    }
}
