import CNUMA
import Topology

/// Distances between NUMA nodes as the firmware states them (ACPI SLIT), through libnuma.
enum NUMADistances {
    static func add(to topology: inout NodeTopology) {
        guard numa_available() >= 0 else {
            topology.blindSpots.append("NUMA distances are not visible: the kernel has no NUMA policy support")
            return
        }
        let ids = topology.numaNodes.map { Int32($0.id) }
        for index in topology.numaNodes.indices {
            topology.numaNodes[index].distances = ids.map { Int(numa_distance(ids[index], $0)) }
        }
    }
}
