/// A GPU or NPU: what the bus shows of it, and what its vendor's library adds.
package struct Accelerator: Sendable, Hashable {
    /// Who made it.
    package enum Vendor: String, Sendable {
        case nvidia
        case huawei
    }

    package var vendor: Vendor
    /// The vendor's number of the model.
    package var deviceID: UInt16
    package var name: String
    package var location: PCILocation
    /// The vendor's name for this very device, the same on every machine it is put into.
    package var uuid: Fact<String>?
    package var memoryBytes: Fact<UInt64>?
    /// The NUMA node of the host's memory that is nearest; contradictions between firmware and driver show here.
    package var nearestNUMANode: Fact<Int>?
    package var fabric: Fact<FabricMembership>?
    /// The parts it is cut into; empty while it is whole.
    package var partitions: [Partition] = []

    package init(vendor: Vendor, deviceID: UInt16, name: String, location: PCILocation) {
        self.vendor = vendor
        self.deviceID = deviceID
        self.name = name
        self.location = location
        nearestNUMANode = location.numaNode.map { Fact($0, .hwloc) }
    }
}
