package import JSONValues

extension Pod {
    /// What the pod asks of a node, as the default scheduler counts it: the sum over containers and init containers
    /// that keep running, or the peak while the init containers run one after the other where that is more, or what the
    /// pod as a whole asks for; then its overhead. A resource with a limit and no request is asked for at its limit, as
    /// the API server's defaulting does.
    package var requests: [String: Quantity] { Pod.requests(ofSpec: object.spec) }

    /// The same of the spec of a pod or of a pod template.
    package static func requests(ofSpec spec: JSONValue) -> [String: Quantity] {
        var running = sum((spec["containers"]?.elements ?? []).map { requests(of: $0) })
        var sidecars: [String: Quantity] = [:]
        var peak: [String: Quantity] = [:]
        for container in spec["initContainers"]?.elements ?? [] {
            let own = requests(of: container)
            if container["restartPolicy"]?.string == "Always" {
                sidecars = sum([sidecars, own])
                running = sum([running, own])
                peak.merge(sidecars) { max($0, $1) }
            } else {
                peak.merge(sum([sidecars, own])) { max($0, $1) }
            }
        }
        var total = running.merging(peak) { max($0, $1) }
        total.merge(requests(of: spec)) { _, whole in whole }
        return sum([total, quantities(spec["overhead"])])
    }

    /// Of a container, or of a pod as a whole.
    private static func requests(of container: JSONValue) -> [String: Quantity] {
        quantities(container[path: "resources", "limits"])
            .merging(quantities(container[path: "resources", "requests"])) { _, request in request }
    }

    private static func quantities(_ json: JSONValue?) -> [String: Quantity] {
        var quantities: [String: Quantity] = [:]
        for (name, value) in json?.object ?? JSONObject() { quantities[name] = Quantity(value) }
        return quantities
    }

    private static func sum(_ parts: [[String: Quantity]]) -> [String: Quantity] {
        parts.reduce(into: [:]) { sum, part in sum.merge(part) { $0 + $1 } }
    }
}
