package import JSONValues

/// What a pod's manifest says of one container, as far as its life goes.
package struct ContainerPlan: Sendable, Hashable {
    package var name: String
    package var image: String
    package var isInit: Bool
    package var probes: [ProbeKind: ProbePlan]
    /// What runs before a stop.
    package var preStop: ProbeCheck?
    /// The container as the manifest has it.
    package var json: JSONValue

    package init(_ json: JSONValue, isInit: Bool) {
        self.json = json
        self.isInit = isInit
        name = json["name"]?.string ?? ""
        image = json["image"]?.string ?? ""
        var ports: [String: Int] = [:]
        for port in json["ports"]?.elements ?? [] {
            if let name = port["name"]?.string, let number = port["containerPort"]?.integer { ports[name] = number }
        }
        probes = [:]
        // Init containers have no probes unless they are sidecars, which run as main containers elsewhere.
        for kind in ProbeKind.allCases where !isInit {
            probes[kind] = json[kind.field].flatMap { ProbePlan($0, ports: ports) }
        }
        preStop = json[path: "lifecycle", "preStop"].flatMap { ProbeCheck($0, ports: ports) }
    }
}
