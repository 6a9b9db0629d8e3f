import JSONValues
package import KubernetesAPI

/// The `/etc/hosts` of a pod: how names of pods and services resolve in its containers.
///
/// `localhost` is the pod's own address: containers of one pod meet there, those of others do not.
package enum HostsFile {
    /// A pod as others find it.
    package struct Neighbour: Sendable, Hashable {
        package var pod: Pod
        package var address: String

        package init(pod: Pod, address: String) {
            self.pod = pod
            self.address = address
        }
    }

    /// The whole file for the pod at `address`.
    package static func text(
        for pod: Pod, address: String, neighbours: [Neighbour], services: [KubernetesObject] = []
    ) -> String {
        var lines = ["127.0.0.1 host.internal", "\(address) localhost \(pod.key.name)"]
        for alias in pod.object.spec["hostAliases"]?.elements ?? [] {
            let names = (alias["hostnames"]?.elements ?? []).compactMap(\.string).joined(separator: " ")
            lines.append("\(alias["ip"]?.string ?? "") \(names)")
        }
        for (name, addresses) in names(seenBy: pod.key.namespace, neighbours, services).sorted(by: { $0.key < $1.key })
        {
            for address in addresses.sorted() { lines.append("\(address) \(name)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Every name that resolves in a namespace, with its addresses.
    package static func names(
        seenBy namespace: String, _ neighbours: [Neighbour], _ services: [KubernetesObject]
    ) -> [String: Set<String>] {
        var names: [String: Set<String>] = [:]
        func add(_ name: String, _ space: String, _ address: String) {
            if space == namespace { names[name, default: []].insert(address) }
            for suffix in ["", ".svc", ".svc.cluster.local"] {
                names["\(name).\(space)\(suffix)", default: []].insert(address)
            }
        }
        for neighbour in neighbours {
            let (key, spec) = (neighbour.pod.key, neighbour.pod.object.spec)
            add(key.name, key.namespace, neighbour.address)
            if let subdomain = spec["subdomain"]?.string {
                let host = spec["hostname"]?.string ?? key.name
                add("\(host).\(subdomain)", key.namespace, neighbour.address)
            }
        }
        for service in services {
            let selector = service.spec["selector"]?.stringMap ?? [:]
            let givesUnready = service.spec["publishNotReadyAddresses"]?.bool == true
            if selector.isEmpty { continue }
            for neighbour in neighbours where neighbour.pod.key.namespace == service.namespace {
                let labels = neighbour.pod.object.labels
                guard selector.allSatisfy({ labels[$0.key] == $0.value }) else { continue }
                if givesUnready || neighbour.pod.isReady { add(service.name, service.namespace, neighbour.address) }
            }
        }
        return names
    }
}
