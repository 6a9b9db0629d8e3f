import CHwloc
package import Topology

/// Why a topology could not be read.
package struct HardwareError: Error, CustomStringConvertible {
    package var description: String
}

/// Reads what a node is made of: hwloc for processors, memory and PCI, sysfs for network ports, libnuma for distances.
package enum HardwareProbe {
    /// The machine this process runs on, also what a container's limits hide from it.
    package static func live() throws -> NodeTopology {
        var topology = try read(xml: nil)
        topology.hostname = HostFacts.hostname
        topology.processorModel = HostFacts.processorModel
        topology.nics = NetworkPorts.read(locations: topology.nics)
        NUMADistances.add(to: &topology)
        if topology.nics.isEmpty { topology.blindSpots.append("No network port is visible: /sys is not mounted") }
        return topology
    }

    /// The machine an hwloc XML file (format 2) describes.
    package static func file(_ path: String) throws -> NodeTopology { try read(xml: path) }

    private static func read(xml: String?) throws -> NodeTopology {
        var handle: hwloc_topology_t?
        guard unsafe hwloc_topology_init(&handle) == 0, let handle = unsafe handle else {
            throw HardwareError(description: "hwloc could not start: out of memory")
        }
        defer { unsafe hwloc_topology_destroy(handle) }
        unsafe hwloc_topology_set_io_types_filter(handle, HWLOC_TYPE_FILTER_KEEP_ALL)
        unsafe hwloc_topology_set_flags(handle, UInt(HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED.rawValue))
        if let xml, unsafe hwloc_topology_set_xml(handle, xml) != 0 {
            throw HardwareError(description: "\(xml) is not a topology file that hwloc reads (XML format 2)")
        }
        guard unsafe hwloc_topology_load(handle) == 0 else {
            throw HardwareError(
                description: "hwloc could not read the topology of \(xml ?? "this machine"); is /sys mounted?")
        }
        return unsafe HwlocReader(topology: handle).read()
    }
}
