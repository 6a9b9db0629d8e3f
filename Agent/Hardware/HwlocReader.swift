import CHwloc
import Topology

/// Turns a loaded hwloc topology into values.
@unsafe struct HwlocReader {
    let topology: hwloc_topology_t

    func read() -> NodeTopology {
        var node = NodeTopology(hostname: unsafe info(hwloc_get_root_obj(topology), "HostName") ?? "")
        node.packageCount = unsafe count(HWLOC_OBJ_PACKAGE)
        node.coreCount = unsafe count(HWLOC_OBJ_CORE)
        node.threadCount = unsafe count(HWLOC_OBJ_PU)
        unsafe forEach(HWLOC_OBJ_PACKAGE) { object in
            if node.processorModel.isEmpty { node.processorModel = unsafe info(object, "CPUModel") ?? "" }
        }
        unsafe forEach(HWLOC_OBJ_NUMANODE) { object in
            let bytes = unsafe object.pointee.attr.pointee.numanode.local_memory
            node.memoryBytes += bytes
            node.numaNodes.append(
                unsafe NUMANode(
                    id: Int(object.pointee.os_index), memoryBytes: bytes, threads: threads(object.pointee.cpuset)))
        }
        unsafe forEach(HWLOC_OBJ_PCI_DEVICE) { object in
            if let accelerator = unsafe accelerator(object) { node.accelerators.append(accelerator) }
        }
        unsafe forEach(HWLOC_OBJ_OS_DEVICE) { object in
            if let nic = unsafe nic(object) { node.nics.append(nic) }
        }
        return node
    }

    private func count(_ type: hwloc_obj_type_t) -> Int { Int(unsafe hwloc_get_nbobjs_by_type(topology, type)) }

    private func forEach(_ type: hwloc_obj_type_t, _ body: (hwloc_obj_t) -> Void) {
        var object = unsafe hwloc_get_next_obj_by_type(topology, type, nil)
        while let current = unsafe object {
            unsafe body(current)
            unsafe object = hwloc_get_next_obj_by_type(topology, type, current)
        }
    }

    private func info(_ object: hwloc_obj_t?, _ name: String) -> String? {
        guard let object = unsafe object, let text = unsafe hwloc_obj_get_info_by_name(object, name) else { return nil }
        return unsafe String(cString: text)
    }

    private func threads(_ set: hwloc_bitmap_t?) -> [Int] {
        guard let set = unsafe set else { return [] }
        var found: [Int] = []
        var index = unsafe hwloc_bitmap_next(set, -1)
        while index >= 0 {
            found.append(Int(index))
            index = unsafe hwloc_bitmap_next(set, index)
        }
        return found
    }

    /// Display controllers of NVIDIA and processing accelerators of Huawei; other cards are not for inference.
    private func accelerator(_ object: hwloc_obj_t) -> Accelerator? {
        let pci = unsafe object.pointee.attr.pointee.pcidev
        let vendor: Accelerator.Vendor
        switch (pci.vendor_id, pci.class_id >> 8) {
        case (0x10DE, 0x03): vendor = .nvidia
        case (0x19E5, 0x12): vendor = .huawei
        default: return nil
        }
        let name = unsafe info(object, "PCIDevice") ?? object.pointee.name.map { unsafe String(cString: $0) }
        return unsafe Accelerator(
            vendor: vendor, deviceID: pci.device_id, name: name ?? vendor.rawValue, location: location(object))
    }

    private func nic(_ object: hwloc_obj_t) -> NIC? {
        guard let name = unsafe object.pointee.name.map({ unsafe String(cString: $0) }) else { return nil }
        let kind: NIC.Kind
        switch unsafe object.pointee.attr.pointee.osdev.type {
        case HWLOC_OBJ_OSDEV_NETWORK: kind = name.hasPrefix("ib") ? .infiniBand : .ethernet
        case HWLOC_OBJ_OSDEV_OPENFABRICS: kind = .rdma
        default: return nil
        }
        let device = unsafe pciAncestor(object)
        return unsafe NIC(
            name: name, kind: kind, location: device.map { unsafe location($0) }, isUp: false, megabitsPerSecond: nil)
    }

    private func pciAncestor(_ object: hwloc_obj_t) -> hwloc_obj_t? {
        var parent = unsafe object.pointee.parent
        while let current = unsafe parent {
            if unsafe current.pointee.type == HWLOC_OBJ_PCI_DEVICE { return unsafe current }
            unsafe parent = current.pointee.parent
        }
        return nil
    }

    private func location(_ device: hwloc_obj_t) -> PCILocation {
        var bridges: [String] = []
        var parent = unsafe device.pointee.parent
        while let current = unsafe parent {
            if unsafe current.pointee.type == HWLOC_OBJ_BRIDGE { bridges.append("\(unsafe current.pointee.gp_index)") }
            unsafe parent = current.pointee.parent
        }
        var numaNode: Int?
        if let ancestor = unsafe hwloc_get_non_io_ancestor_obj(topology, device),
            let set = unsafe ancestor.pointee.nodeset, unsafe hwloc_bitmap_weight(set) == 1
        {
            numaNode = Int(unsafe hwloc_bitmap_first(set))
        }
        let pci = unsafe device.pointee.attr.pointee.pcidev
        let parts = [UInt64(pci.bus), UInt64(pci.dev)].map { HostFacts.hexadecimal($0, width: 2) }
        let domain = HostFacts.hexadecimal(UInt64(pci.domain), width: 4)
        let address = "\(domain):\(parts.joined(separator: ":")).\(pci.func)"
        return PCILocation(address: address, bridges: bridges.reversed(), numaNode: numaNode)
    }
}
