/// How two devices of one node reach each other over PCI, the nearest first, in the words of `nvidia-smi topo`.
package enum LinkClass: Int, Sendable, Hashable, Comparable, CaseIterable, CustomStringConvertible {
    /// Through one PCIe switch at most.
    case pix
    /// Through several PCIe switches, not the host bridge.
    case pxb
    /// Through one PCIe host bridge.
    case phb
    /// Between host bridges of one NUMA node.
    case node
    /// Across NUMA nodes.
    case sys

    package var description: String {
        switch self {
        case .pix: "PIX"
        case .pxb: "PXB"
        case .phb: "PHB"
        case .node: "NODE"
        case .sys: "SYS"
        }
    }

    package static func < (left: LinkClass, right: LinkClass) -> Bool { left.rawValue < right.rawValue }

    /// The class of the path between two locations; an unknown NUMA node counts as the same one only under one host
    /// bridge.
    package static func between(_ left: PCILocation, _ right: PCILocation) -> LinkClass {
        let shared = zip(left.bridges, right.bridges).prefix { $0 == $1 }.count
        if shared > 1 {
            // Past the host bridge the paths share a switch; every bridge below the last shared one adds a hop.
            let hops = max(left.bridges.count, right.bridges.count) - shared
            return hops <= 1 ? .pix : .pxb
        }
        if shared == 1 { return .phb }
        guard let leftNode = left.numaNode, let rightNode = right.numaNode else { return .sys }
        return leftNode == rightNode ? .node : .sys
    }
}
