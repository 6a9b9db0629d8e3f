import CNVML
import Topology

extension NVMLAnswers {
    /// The GPU's part in a fabric of switches; nil where the driver or the GPU has none.
    mutating func fabric() -> FabricMembership? {
        let zeros: CUUID = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        let third = nvml_fabric_v3(
            version: nvml_fabric_v3_version, cluster: zeros, status: 0, clique: 0, state: 0, health: 0, summary: 0)
        if let info = structure(NVML.fabric, third) {
            let health = FabricHealth(mask: info.health, summary: info.summary)
            return membership(info.cluster, info.clique, info.state, info.status, health)
        }
        let second = nvml_fabric_v2(
            version: nvml_fabric_v2_version, cluster: zeros, status: 0, clique: 0, state: 0, health: 0)
        if let info = structure(NVML.fabric, second) {
            forget(NVML.fabric.name)
            return membership(info.cluster, info.clique, info.state, info.status, FabricHealth(mask: info.health))
        }
        guard let info = structure(NVML.fabricOlder, nvml_fabric_v1()) else { return nil }
        forget(NVML.fabric.name)
        return membership(info.cluster, info.clique, info.state, info.status, FabricHealth(mask: 0))
    }

    /// Where in a rack the GPU is; nil outside of racks.
    mutating func rackPlace() -> RackPlace? {
        var empty = nvml_platform()
        empty.version = nvml_platform_v2_version
        var info = structure(NVML.platform, empty)
        if info == nil {
            empty.version = nvml_platform_v1_version
            info = structure(NVML.platform, empty)
            if info != nil { forget(NVML.platform.name) }
        }
        guard let info else { return nil }
        let serial = unsafe withUnsafeBytes(of: info.chassis_serial) { bytes in
            CText.string(unsafe bytes.map { CChar(bitPattern: $0) })
        }
        return RackPlace(
            chassis: serial, slot: Int(info.slot), tray: Int(info.tray), host: Int(info.host),
            module: Int(info.module))
    }

    private typealias CUUID = (
        UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8
    )

    private func membership(
        _ cluster: CUUID, _ clique: UInt32, _ state: UInt8, _ status: Int32, _ health: FabricHealth
    ) -> FabricMembership? {
        guard let state = FabricMembership.State(rawValue: Int(state)), state != .notSupported else { return nil }
        var text = ""
        let bytes = unsafe withUnsafeBytes(of: cluster) { unsafe Array($0) }
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text += HostFacts.hexadecimal(UInt64(byte), width: 2)
        }
        return FabricMembership(cluster: text, clique: clique, state: state, status: Int(status), health: health)
    }
}
