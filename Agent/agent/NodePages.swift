import Daemon
import Hummingbird
import JSONValues
import Topology

/// `/v1/node`, `/v1/devices` and `/v1/topology`: what this node is.
enum NodePages {
    static func add(to routes: AdminServer.Routes, topology: NodeTopology, nodes: [String]) {
        routes.get("v1/node") { _, _ in Response.json(node(topology, nodes)) }
        routes.get("v1/devices") { _, _ in
            Response.json([
                "accelerators": .array(topology.accelerators.map(accelerator)),
                "nics": .array(topology.nics.map(nic)),
            ])
        }
        routes.get("v1/topology") { _, _ in
            Response.json([
                "numaNodes": .array(topology.numaNodes.map(numaNode)), "links": .array(links(topology)),
                "blindSpots": .array(topology.blindSpots.map { .string($0) }),
            ])
        }
    }

    private static func node(_ topology: NodeTopology, _ nodes: [String]) -> JSONValue {
        [
            "hostname": .string(topology.hostname), "nodes": .array(nodes.map { .string($0) }),
            "processorModel": .string(topology.processorModel), "packages": JSONValue(topology.packageCount),
            "cores": JSONValue(topology.coreCount), "threads": JSONValue(topology.threadCount),
            "memoryBytes": JSONValue(Int(topology.memoryBytes)), "numaNodes": JSONValue(topology.numaNodes.count),
            "accelerators": JSONValue(topology.accelerators.count), "nics": JSONValue(topology.nics.count),
        ]
    }

    private static func numaNode(_ node: NUMANode) -> JSONValue {
        [
            "id": JSONValue(node.id), "memoryBytes": JSONValue(Int(node.memoryBytes)),
            "threads": .array(node.threads.map { JSONValue($0) }),
            "distances": .array(node.distances.map { JSONValue($0) }),
        ]
    }

    private static func accelerator(_ device: Accelerator) -> JSONValue {
        .members([
            "vendor": .string(device.vendor.rawValue), "name": .string(device.name),
            "deviceID": JSONValue(Int(device.deviceID)), "address": .string(device.location.address),
            "numaNode": device.location.numaNode.map { JSONValue($0) },
        ])
    }

    private static func nic(_ nic: NIC) -> JSONValue {
        .members([
            "name": .string(nic.name), "kind": .string(nic.kind.rawValue), "up": .bool(nic.isUp),
            "megabitsPerSecond": nic.megabitsPerSecond.map { JSONValue($0) },
            "address": nic.location.map { .string($0.address) },
            "numaNode": nic.location?.numaNode.map { JSONValue($0) },
        ])
    }

    /// The class of the path from every accelerator to every other device on the bus.
    private static func links(_ topology: NodeTopology) -> [JSONValue] {
        let accelerators = topology.accelerators.map { ($0.location.address, $0.location) }
        let devices = accelerators + topology.nics.compactMap { nic in nic.location.map { (nic.name, $0) } }
        var links: [JSONValue] = []
        for (index, (name, location)) in accelerators.enumerated() {
            for (other, otherLocation) in devices.dropFirst(index + 1) {
                let link = LinkClass.between(location, otherLocation)
                links.append(["from": .string(name), "to": .string(other), "class": .string(link.description)])
            }
        }
        return links
    }
}
