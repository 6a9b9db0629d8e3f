import CNVML
import Topology

extension NVMLAnswers {
    /// More links than any GPU has; the library says itself where they end.
    static let linksMax = 36

    /// The GPU's NVLinks, as its driver sees them. `devices` are the addresses of all GPUs of the node.
    mutating func fastLinks(address: String, devices: Set<String>, isJoined: Bool) -> FastLinkPorts? {
        var ports: [FastLinkPorts.Port] = []
        for link in 0..<UInt32(Self.linksMax) {
            var isActive: UInt32 = 0
            let code = code(NVML.nvLinkState) { unsafe $0.call($1.pointer, link, &isActive) }
            // A GPU without links, or the first number past the last one.
            if code.code == nvml_invalid_argument || code.code == nvml_not_supported { break }
            guard code.meaning == .ok else {
                note(NVML.nvLinkState.name, code)
                break
            }
            let remote = isActive == 1 ? remote(of: link, devices: devices) : .unknown
            ports.append(FastLinkPorts.Port(remote: remote, isActive: isActive == 1))
        }
        if ports.isEmpty { return nil }
        let speed = word(NVML.nvLinkVersion, of: 0).flatMap { Self.gigabytesPerSecond[$0] }
        return FastLinkPorts(address: address, ports: ports, gigabytesPerSecondEach: speed, isJoined: isJoined)
    }

    private mutating func remote(of link: UInt32, devices: Set<String>) -> FastLinkPorts.Remote {
        var type: UInt32 = 255
        _ = ask(NVML.nvLinkRemoteType) { unsafe $0.call($1.pointer, link, &type) }
        var info = nvml_pci_info()
        let hasAddress = ask(NVML.nvLinkRemote) { function, device in
            unsafe withUnsafeMutablePointer(to: &info) { unsafe function.call(device.pointer, link, $0) }
        }
        let isZero = info.pci_device_id == 0 && info.domain == 0 && info.bus == 0 && info.device == 0
        let address =
            hasAddress && !isZero ? PCIFunction.address(domain: info.domain, bus: info.bus, device: info.device) : nil
        if let address, devices.contains(address) { return .device(address) }
        // Drivers without the type give the switch's own address: NVIDIA's, and no GPU's of this node.
        let isNVIDIA = info.pci_device_id & 0xFFFF == 0x10DE
        return type == 2 || (type == 255 && isNVIDIA) ? .aSwitch(address) : .unknown
    }

    /// One link, one direction, by the version of the link, in the driver's numbering.
    private static let gigabytesPerSecond: [UInt32: Double] = [
        1: 20, 2: 25, 3: 25, 4: 25, 5: 50,
    ]

    /// The nearest thing above both devices on the bus.
    mutating func busPath(to other: NVMLHandle) -> LinkClass? {
        var level: UInt32 = 0
        guard ask(NVML.commonAncestor, { unsafe $0.call($1.pointer, other.pointer, &level) }) else { return nil }
        switch level {
        case 0, 10: return .pix
        case 20: return .pxb
        case 30: return .phb
        case 40: return .node
        case 50: return .sys
        default: return nil
        }
    }

    /// Whether the driver lets the two exchange memory over NVLink; nil where it does not say.
    mutating func isPeer(of other: NVMLHandle) -> Bool? {
        var status: UInt32 = 6
        let overNVLink: UInt32 = 2
        guard ask(NVML.peerStatus, { unsafe $0.call($1.pointer, other.pointer, overNVLink, &status) }) else {
            return nil
        }
        return status == 6 ? nil : status == 0
    }
}
