import JSONValues
import KubernetesAPI

extension TableLayout {
    static let service = TableLayout(columns: [
        .name, PrinterColumn("Type"), PrinterColumn("Cluster-IP"), PrinterColumn("External-IP"),
        PrinterColumn("Port(s)"), .age, PrinterColumn("Selector", wide: true),
    ]) { object, now in
        let spec = object["spec"] ?? .null
        let selector = LabelSelector(matching: spec["selector"]?.stringMap ?? [:]).text
        return [
            name(of: object), .string(spec["type"]?.string ?? "ClusterIP"), textOrNone(spec["clusterIP"]?.string),
            externalAddress(of: object), ports(of: spec), age(of: object, now), textOrNone(selector),
        ]
    }

    private static func externalAddress(of object: JSONValue) -> JSONValue {
        let spec = object["spec"] ?? .null
        var addresses = spec["externalIPs"]?.elements.compactMap(\.string) ?? []
        switch spec["type"]?.string {
        case "ExternalName": return textOrNone(spec["externalName"]?.string)
        case "LoadBalancer":
            let ingress = object[path: "status", "loadBalancer", "ingress"]?.elements ?? []
            addresses += ingress.compactMap { $0["ip"]?.string ?? $0["hostname"]?.string }
            return addresses.isEmpty ? "<pending>" : .string(addresses.joined(separator: ","))
        default: return textOrNone(addresses.joined(separator: ","))
        }
    }

    private static func ports(of spec: JSONValue) -> JSONValue {
        let ports = (spec["ports"]?.elements ?? []).map { port in
            let node = port["nodePort"]?.integer.map { ":\($0)" } ?? ""
            return "\(port["port"]?.integer ?? 0)\(node)/\(port["protocol"]?.string ?? "TCP")"
        }
        return textOrNone(ports.joined(separator: ","))
    }

    static let endpoints = TableLayout(columns: [.name, PrinterColumn("Endpoints"), .age]) { object, now in
        [name(of: object), endpointAddresses(of: object), age(of: object, now)]
    }

    /// Addresses beyond these are counted, not shown.
    private static let endpointsShownMax = 3

    private static func endpointAddresses(of object: JSONValue) -> JSONValue {
        var all: [String] = []
        for subset in object["subsets"]?.elements ?? [] {
            let ports = subset["ports"]?.elements.compactMap { $0["port"]?.integer } ?? []
            for address in subset["addresses"]?.elements.compactMap({ $0["ip"]?.string }) ?? [] {
                all += ports.isEmpty ? [address] : ports.map { "\(address):\($0)" }
            }
        }
        let shown = all.prefix(endpointsShownMax).joined(separator: ",")
        let more = all.count - endpointsShownMax
        return textOrNone(more > 0 ? "\(shown) + \(more) more..." : shown)
    }
}
