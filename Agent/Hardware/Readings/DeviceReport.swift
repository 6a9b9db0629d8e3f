package import Topology

/// How it stands with one device.
package enum DeviceCondition: String, Sendable, Hashable {
    case ok
    /// It does not answer any more: it has fallen off the bus or hangs.
    case lost
    /// It answers that it works again only after a reset.
    case resetRequired
    /// The system does not let this process.
    case blocked
    /// The library cannot be asked now; what stands here is from before.
    case unknown
}

/// Everything that is known of one device.
package struct DeviceReport: Sendable, Hashable {
    package var identity: DeviceIdentity
    package var condition: DeviceCondition
    /// Empty unless the condition is ok.
    package var readings = DeviceReadings()
    package var partitions: [Partition] = []
    /// Bytes used in each partition, by the partition's UUID.
    package var partitionUsedBytes: [String: UInt64] = [:]
    package var processes: [DeviceProcess] = []
    package var fastLinks: FastLinkPorts?
    package var fabric: FabricMembership?
    package var rackPlace: RackPlace?
    /// Functions of the library that did not answer, with the reason.
    package var unanswered: [String: String] = [:]

    package init(identity: DeviceIdentity, condition: DeviceCondition) {
        self.identity = identity
        self.condition = condition
    }
}

/// Something that a device has told by itself.
package struct DeviceEvent: Sendable, Hashable {
    /// What it was.
    package enum Kind: Sendable, Hashable {
        /// A driver error by its number in NVIDIA's catalogue; 999 is an unknown one.
        case xid(Int)
        case correctedMemoryError
        case uncorrectedMemoryError
        case correctedErrorStorm
        case memoryRetired
        case memoryRetirementFailed
        case poison(isFatal: Bool)
        case unavailable
        case recoveryActionChanged
        case partitionsChanged
    }

    /// The device's UUID.
    package var device: String
    package var part: DevicePart
    package var kind: Kind
    package var at: ContinuousClock.Instant

    package init(device: String, part: DevicePart, kind: Kind, at: ContinuousClock.Instant) {
        self.device = device
        self.part = part
        self.kind = kind
        self.at = at
    }
}

/// What a vendor's library says of this node.
package struct VendorReport: Sendable, Hashable {
    package var vendor: Accelerator.Vendor
    package var state: LibraryState
    /// One sentence: what is so, and what would change it. Empty while ready.
    package var detail: String
    /// Such as `driver`, `library`, `cuda`.
    package var versions: [String: String] = [:]
    package var devices: [DeviceReport] = []
    package var paths: [DevicePath] = []
    /// Rises whenever the library works again after the driver could not be reached.
    package var driverLoads: UInt64 = 0
    /// Rises with each pass over the devices.
    package var passes: UInt64 = 0
    /// When the readings were taken; nil before the first time.
    package var sampledAt: ContinuousClock.Instant?

    package init(vendor: Accelerator.Vendor, state: LibraryState = .starting, detail: String = "") {
        self.vendor = vendor
        self.state = state
        self.detail = detail
    }
}
