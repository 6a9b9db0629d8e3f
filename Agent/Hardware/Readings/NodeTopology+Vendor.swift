package import Topology

extension NodeTopology {
    /// Adds what a vendor's library says to what the bus has shown; where they differ, both are kept.
    package mutating func take(_ report: VendorReport) {
        for device in report.devices where !device.identity.address.isEmpty {
            let index = place(of: device)
            accelerators[index].take(device, from: report.vendor == .nvidia ? .nvml : .dcmi)
        }
        if !report.paths.isEmpty { paths = report.paths.map(checked) }
        if report.state != .ready, report.state != .noDevice, !report.detail.isEmpty {
            blindSpots.append(report.detail)
        }
    }

    /// The accelerator at a device's address; one that the bus does not show to this process is added.
    private mutating func place(of device: DeviceReport) -> Int {
        let address = device.identity.address
        if let index = accelerators.firstIndex(where: { $0.location.address == address }) { return index }
        accelerators.append(
            Accelerator(
                vendor: device.identity.vendor, deviceID: device.identity.deviceID, name: device.identity.name,
                location: PCILocation(address: address)))
        return accelerators.count - 1
    }

    /// Compares the driver's class of a path with the one that follows from the bridges above both devices.
    private func checked(_ path: DevicePath) -> DevicePath {
        var path = path
        let locations = [path.from, path.to].compactMap { address in
            accelerators.first { $0.location.address == address }?.location
        }
        guard locations.count == 2, locations.allSatisfy({ !$0.bridges.isEmpty }) else { return path }
        path.bus.take(LinkClass.between(locations[0], locations[1]), from: .hwloc)
        return path
    }
}

extension Accelerator {
    /// Adds what its vendor's library says of it.
    mutating func take(_ device: DeviceReport, from evidence: Evidence) {
        if !device.identity.name.isEmpty { name = device.identity.name }
        uuid = Fact(device.identity.uuid, evidence, .high)
        if let bytes = device.readings.memoryTotalBytes { memoryBytes = Fact(bytes, evidence, .high) }
        if let node = device.identity.nearestNUMANode {
            if nearestNUMANode == nil { nearestNUMANode = Fact(node, evidence) }
            nearestNUMANode?.take(node, from: evidence)
        }
        fabric = device.fabric.map { Fact($0, evidence, .high) }
        partitions = device.partitions
    }
}
