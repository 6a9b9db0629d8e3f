import CNVML
import Topology

extension NVMLAnswers {
    /// Which device this is; nil where the library does not even say its UUID.
    mutating func identity(index: Int) -> DeviceIdentity? {
        guard let uuid = text(NVML.uuid, length: nvml_uuid_length) else { return nil }
        var identity = DeviceIdentity(vendor: .nvidia, uuid: uuid, index: index)
        identity.name = text(NVML.name, length: nvml_name_length) ?? ""
        identity.serial = text(NVML.serial, length: nvml_serial_length)
        identity.partNumber = text(NVML.partNumber, length: nvml_part_number_length)
        identity.minorNumber = word(NVML.minorNumber).map { Int($0) }
        identity.moduleID = word(NVML.moduleID).map { Int($0) }
        identity.architecture = word(NVML.architecture).map { Self.architectures[$0] ?? "architecture \($0)" }
        identity.computeCapability = computeCapability()
        if let pci = structure(NVML.pci, nvml_pci_info()) {
            identity.address = PCIFunction.address(domain: pci.domain, bus: pci.bus, device: pci.device)
            identity.deviceID = UInt16(truncatingIfNeeded: pci.pci_device_id >> 16)
        }
        identity.nearestNUMANode = memoryAffinity()
        return identity
    }

    private mutating func computeCapability() -> String? {
        var major: Int32 = 0
        var minor: Int32 = 0
        return ask(NVML.computeCapability) { unsafe $0.call($1.pointer, &major, &minor) } ? "\(major).\(minor)" : nil
    }

    /// The one NUMA node whose memory is nearest; nil where there are several, or none is named.
    private mutating func memoryAffinity() -> Int? {
        var set = [UInt](repeating: 0, count: 4)
        let count = UInt32(set.count)
        guard ask(NVML.memoryAffinity, { unsafe $0.call($1.pointer, count, &set, 0) }) else { return nil }
        let nodes = set.enumerated().flatMap { index, word in
            (0..<UInt.bitWidth).filter { word >> UInt($0) & 1 == 1 }.map { index * UInt.bitWidth + $0 }
        }
        return nodes.count == 1 ? nodes.first : nil
    }

    private static let architectures: [UInt32: String] = [
        2: "Kepler", 3: "Maxwell", 4: "Pascal", 5: "Volta", 6: "Turing", 7: "Ampere", 8: "Ada", 9: "Hopper",
        10: "Blackwell", 13: "Rubin",
    ]
}
