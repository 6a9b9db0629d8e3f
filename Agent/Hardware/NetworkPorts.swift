import SystemFiles
import Topology

/// Network ports as sysfs shows them; hwloc adds where each sits on the bus.
enum NetworkPorts {
    /// Every port of this machine but the loopback, with the locations that `known` has.
    static func read(locations known: [NIC]) -> [NIC] {
        var ports = Files.names(in: "/sys/class/net").filter { $0 != "lo" }.map { name in
            let folder = "/sys/class/net/\(name)"
            let speed = HostFacts.read("\(folder)/speed").flatMap { Int($0) }
            return NIC(
                name: name, kind: kind(HostFacts.read("\(folder)/type")),
                location: known.first { $0.name == name }?.location,
                isUp: HostFacts.read("\(folder)/operstate") == "up",
                megabitsPerSecond: speed.flatMap { $0 > 0 ? $0 : nil })
        }
        for name in Files.names(in: "/sys/class/infiniband") {
            let port = "/sys/class/infiniband/\(name)/ports/1"
            let gigabits = HostFacts.read("\(port)/rate")?.split(separator: " ").first.flatMap { Double($0) }
            ports.append(
                NIC(
                    name: name, kind: .rdma, location: known.first { $0.name == name }?.location,
                    isUp: HostFacts.read("\(port)/state")?.contains("ACTIVE") ?? false,
                    megabitsPerSecond: gigabits.map { Int($0 * 1_000) }))
        }
        return ports
    }

    /// The kernel's ARPHRD number: 1 is Ethernet, 32 InfiniBand.
    private static func kind(_ type: String?) -> NIC.Kind {
        switch type {
        case "1": .ethernet
        case "32": .infiniBand
        default: .other
        }
    }
}
