/// What one node is made of, as far as it could be seen.
package struct NodeTopology: Sendable, Hashable {
    package var hostname: String
    package var processorModel: String
    /// Sockets.
    package var packageCount: Int
    package var coreCount: Int
    /// Hardware threads of the machine, also those this process may not use.
    package var threadCount: Int
    package var memoryBytes: UInt64
    package var numaNodes: [NUMANode]
    package var nics: [NIC]
    package var accelerators: [Accelerator]
    /// Between any two accelerators, each pair once; empty until a vendor's library has told them.
    package var paths: [DevicePath]
    /// What could not be seen, and what would show it; one sentence each.
    package var blindSpots: [String]

    package init(hostname: String) {
        self.hostname = hostname
        processorModel = ""
        packageCount = 0
        coreCount = 0
        threadCount = 0
        memoryBytes = 0
        numaNodes = []
        nics = []
        accelerators = []
        paths = []
        blindSpots = []
    }
}

/// A set of processors with the memory closest to them.
package struct NUMANode: Sendable, Hashable {
    /// The operating system's number.
    package var id: Int
    package var memoryBytes: UInt64
    /// Hardware threads, the operating system's numbers, ascending.
    package var threads: [Int]
    /// Relative distance to each NUMA node in the order of `NodeTopology.numaNodes`; 10 is local (ACPI SLIT). Empty if
    /// unknown.
    package var distances: [Int]

    package init(id: Int, memoryBytes: UInt64, threads: [Int], distances: [Int] = []) {
        self.id = id
        self.memoryBytes = memoryBytes
        self.threads = threads
        self.distances = distances
    }
}

/// Where a device sits: its bus address and the bridges above it, the nearest to the root first.
package struct PCILocation: Sendable, Hashable {
    /// `domain:bus:device.function`, lower-case hexadecimal.
    package var address: String
    /// Names of the bridges from the host bridge down.
    package var bridges: [String]
    /// The NUMA node it is attached to; nil where the machine does not say.
    package var numaNode: Int?

    package init(address: String, bridges: [String] = [], numaNode: Int? = nil) {
        self.address = address
        self.bridges = bridges
        self.numaNode = numaNode
    }
}

/// A network port of the node.
package struct NIC: Sendable, Hashable {
    /// What a port speaks.
    package enum Kind: String, Sendable {
        case ethernet
        case infiniBand
        /// An RDMA device (`mlx5_0`) next to its network interface.
        case rdma
        case other
    }

    package var name: String
    package var kind: Kind
    /// Nil for a virtual one.
    package var location: PCILocation?
    package var isUp: Bool
    /// Megabits a second; nil where the driver does not say.
    package var megabitsPerSecond: Int?

    package init(name: String, kind: Kind, location: PCILocation?, isUp: Bool, megabitsPerSecond: Int?) {
        self.name = name
        self.kind = kind
        self.location = location
        self.isUp = isUp
        self.megabitsPerSecond = megabitsPerSecond
    }
}
