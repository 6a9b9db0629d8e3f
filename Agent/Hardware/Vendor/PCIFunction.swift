import SystemFiles

/// One function on the PCI bus as sysfs shows it, whatever the width of its domain.
package struct PCIFunction: Sendable, Hashable {
    /// `domain:bus:device.function`, lower-case hexadecimal.
    package var address: String
    package var vendor: UInt16
    package var device: UInt16
    /// Class, subclass and interface, a byte each.
    package var classCode: UInt32

    /// Display controllers of NVIDIA and processing accelerators of Huawei.
    package var isAccelerator: Bool {
        switch (vendor, classCode >> 16) {
        case (0x10DE, 0x03), (0x19E5, 0x12): true
        default: false
        }
    }

    /// Everything on the bus; empty where sysfs is not mounted under `root`.
    package static func all(root: String) -> [PCIFunction] {
        let folder = "\(root)/sys/bus/pci/devices"
        return Files.names(in: folder).compactMap { address in
            guard let vendor = number("\(folder)/\(address)/vendor"),
                let device = number("\(folder)/\(address)/device"),
                let classCode = number("\(folder)/\(address)/class")
            else { return nil }
            return PCIFunction(
                address: address, vendor: UInt16(truncatingIfNeeded: vendor),
                device: UInt16(truncatingIfNeeded: device), classCode: UInt32(truncatingIfNeeded: classCode))
        }
    }

    private static func number(_ path: String) -> UInt64? {
        guard let text = HostFacts.read(path), text.hasPrefix("0x") else { return nil }
        return UInt64(text.dropFirst(2), radix: 16)
    }

    /// The kernel's form of an address: four digits of domain where they suffice, everything in lower case.
    package static func address(domain: UInt32, bus: UInt32, device: UInt32, function: UInt32 = 0) -> String {
        let bus = HostFacts.hexadecimal(UInt64(bus), width: 2)
        let device = HostFacts.hexadecimal(UInt64(device), width: 2)
        return "\(HostFacts.hexadecimal(UInt64(domain), width: 4)):\(bus):\(device).\(function)"
    }
}
