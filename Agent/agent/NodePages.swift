import Daemon
import Hardware
import Hummingbird
import JSONValues
import Topology

/// `/v1/node`, `/v1/devices`, `/v1/topology`, `/v1/faults`: what this node is, how it is wired, whether it is well.
struct NodePages: Sendable {
    /// What the bus and the kernel showed at the start.
    var topology: NodeTopology
    var nodes: [String]
    var monitors: [VendorMonitor]

    func add(to routes: AdminServer.Routes) {
        routes.get("v1/node") { _, _ in Response.json(node(whole(views))) }
        routes.get("v1/devices") { _, _ in Response.json(devices(views)) }
        routes.get("v1/topology") { _, _ in Response.json(topologyPage(whole(views))) }
        routes.get("v1/faults") { _, _ in
            Response.json(["faults": .array(views.flatMap(\.faults).map { $0.json(now: .now) })])
        }
    }

    private var views: [VendorMonitor.View] { monitors.map(\.view) }

    /// What the bus shows with what vendors' libraries add.
    private func whole(_ views: [VendorMonitor.View]) -> NodeTopology {
        var whole = topology
        for view in views { whole.take(view.report) }
        return whole
    }

    private func node(_ topology: NodeTopology) -> JSONValue {
        [
            "hostname": .string(topology.hostname), "nodes": .array(nodes.map { .string($0) }),
            "processorModel": .string(topology.processorModel), "packages": JSONValue(topology.packageCount),
            "cores": JSONValue(topology.coreCount), "threads": JSONValue(topology.threadCount),
            "memoryBytes": JSONValue(Int(topology.memoryBytes)), "numaNodes": JSONValue(topology.numaNodes.count),
            "accelerators": JSONValue(topology.accelerators.count), "nics": JSONValue(topology.nics.count),
        ]
    }

    private func devices(_ views: [VendorMonitor.View]) -> JSONValue {
        let topology = whole(views)
        let reports = views.flatMap(\.report.devices)
        let known = Set(topology.accelerators.map(\.location.address))
        let byAddress = Dictionary(reports.map { ($0.identity.address, $0) }) { first, _ in first }
        // Devices that gave no address stand at the end, with what is known of them.
        let nameless = reports.filter { !known.contains($0.identity.address) }.map(\.json)
        return [
            "libraries": .array(views.map { $0.report.json(now: .now) }),
            "accelerators": .array(
                topology.accelerators.map { accelerator($0, byAddress[$0.location.address]) } + nameless),
            "nics": .array(topology.nics.map(nic)),
        ]
    }

    private func topologyPage(_ topology: NodeTopology) -> JSONValue {
        [
            "numaNodes": .array(topology.numaNodes.map(numaNode)), "links": .array(links(topology)),
            "paths": .array(topology.paths.map(path)),
            "blindSpots": .array(topology.blindSpots.map { .string($0) }),
        ]
    }

    private func numaNode(_ node: NUMANode) -> JSONValue {
        [
            "id": JSONValue(node.id), "memoryBytes": JSONValue(Int(node.memoryBytes)),
            "threads": .array(node.threads.map { JSONValue($0) }),
            "distances": .array(node.distances.map { JSONValue($0) }),
        ]
    }

    private func accelerator(_ device: Accelerator, _ report: DeviceReport?) -> JSONValue {
        var page = JSONObject()
        page["vendor"] = .string(device.vendor.rawValue)
        page["name"] = .string(device.name)
        page["deviceID"] = JSONValue(Int(device.deviceID))
        page["address"] = .string(device.location.address)
        page["numaNode"] = device.location.numaNode.map { JSONValue($0) }
        page["nearestNUMANode"] = device.nearestNUMANode?.json { JSONValue($0) }
        page["uuid"] = device.uuid?.json { .string($0) }
        page["memoryBytes"] = device.memoryBytes?.json { JSONValue(Int(clamping: $0)) }
        for (name, value) in report?.json.object ?? JSONObject() { page[name] = value }
        return .object(page)
    }

    private func nic(_ nic: NIC) -> JSONValue {
        .members([
            "name": .string(nic.name), "kind": .string(nic.kind.rawValue), "up": .bool(nic.isUp),
            "megabitsPerSecond": nic.megabitsPerSecond.map { JSONValue($0) },
            "address": nic.location.map { .string($0.address) },
            "numaNode": nic.location?.numaNode.map { JSONValue($0) },
        ])
    }

    /// The class of the path from every accelerator to every other device on the bus.
    private func links(_ topology: NodeTopology) -> [JSONValue] {
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

    /// How two accelerators reach each other, with who says so.
    private func path(_ path: DevicePath) -> JSONValue {
        .members([
            "from": .string(path.from), "to": .string(path.to),
            "bus": path.bus.json { .string($0.description) },
            "fast": path.fast.map { fast in
                .members([
                    "medium": fast.medium.json { .string($0.rawValue) }, "links": JSONValue(fast.count),
                    "gigabytesPerSecond": fast.gigabytesPerSecond.map { .double(($0 * 1_000).rounded() / 1_000) },
                ])
            },
        ])
    }
}
