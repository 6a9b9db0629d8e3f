import KVBlocks

/// A small count for each tier.
struct TierCounts: Sendable, Hashable {
    private var device: UInt8 = 0
    private var host: UInt8 = 0
    private var disk: UInt8 = 0

    init() {}

    subscript(tier: KVTier) -> UInt8 {
        get {
            switch tier {
            case .device: device
            case .host: host
            case .disk: disk
            }
        }
        set {
            switch tier {
            case .device: device = newValue
            case .host: host = newValue
            case .disk: disk = newValue
            }
        }
    }

    var isEmpty: Bool { device == 0 && host == 0 && disk == 0 }
}
