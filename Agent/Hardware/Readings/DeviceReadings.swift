/// What a device says of itself at one moment; nil is what it does not say.
package struct DeviceReadings: Sendable, Hashable {
    package var memoryTotalBytes: UInt64?
    package var memoryUsedBytes: UInt64?
    /// Kept by the driver; not part of the used ones. Nil where the driver counts it as used.
    package var memoryReservedBytes: UInt64?
    /// 0 to 100: the share of the last moments in which something ran.
    package var utilisationPercent: Int?
    package var memoryUtilisationPercent: Int?
    package var temperatureCelsius: Int?
    package var memoryTemperatureCelsius: Int?
    package var powerWatts: Double?
    package var powerLimitWatts: Double?
    /// Since the driver was loaded.
    package var energyJoules: Double?
    package var clockMegahertz: Int?
    package var memoryClockMegahertz: Int?
    package var clockReasons: ClockReasons?
    package var eccErrors: ECCErrors?
    package var remappedRows: RemappedRows?
    package var retiredPages: Int?
    package var isRetirementPending: Bool?
    package var isSRAMThresholdExceeded: Bool?
    /// Of the PCI link; it falls while the device idles.
    package var linkGeneration: Int?
    package var linkGenerationMax: Int?
    package var linkWidth: Int?
    package var linkWidthMax: Int?
    package var linkReplays: UInt64?
    package var linkSentBytes: UInt64?
    package var linkReceivedBytes: UInt64?
    /// Of one fast link, in one direction.
    package var fastLinkGigabytesPerSecond: Double?
    /// What the driver asks for; nil where it does not know this question.
    package var recoveryAction: RecoveryAction?

    package init() {}

    /// Whether the PCI link runs on fewer lanes than both ends have.
    package var isLinkNarrowed: Bool {
        guard let linkWidth, let linkWidthMax else { return false }
        return linkWidth < linkWidthMax
    }
}

/// Why a device does not run at its highest clock.
package struct ClockReasons: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let idle = ClockReasons(rawValue: 0x1)
    package static let applicationSetting = ClockReasons(rawValue: 0x2)
    package static let softwarePowerCap = ClockReasons(rawValue: 0x4)
    package static let hardwareSlowdown = ClockReasons(rawValue: 0x8)
    package static let syncBoost = ClockReasons(rawValue: 0x10)
    package static let softwareThermal = ClockReasons(rawValue: 0x20)
    package static let hardwareThermal = ClockReasons(rawValue: 0x40)
    package static let hardwarePowerBrake = ClockReasons(rawValue: 0x80)

    /// The reasons that are set, by name.
    package var names: [String] {
        let all: [(ClockReasons, String)] = [
            (.idle, "idle"), (.applicationSetting, "applicationSetting"), (.softwarePowerCap, "softwarePowerCap"),
            (.hardwareSlowdown, "hardwareSlowdown"), (.syncBoost, "syncBoost"), (.softwareThermal, "softwareThermal"),
            (.hardwareThermal, "hardwareThermal"), (.hardwarePowerBrake, "hardwarePowerBrake"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}

/// Memory errors that a device has counted.
package struct ECCErrors: Sendable, Hashable {
    /// Since the device was reset.
    package var corrected: UInt64
    package var uncorrected: UInt64
    /// Over the device's life.
    package var correctedEver: UInt64?
    package var uncorrectedEver: UInt64?

    package init(
        corrected: UInt64, uncorrected: UInt64, correctedEver: UInt64? = nil, uncorrectedEver: UInt64? = nil
    ) {
        self.corrected = corrected
        self.uncorrected = uncorrected
        self.correctedEver = correctedEver
        self.uncorrectedEver = uncorrectedEver
    }
}

/// Rows of memory that spare ones stand in for.
package struct RemappedRows: Sendable, Hashable {
    package var corrected: Int
    package var uncorrected: Int
    /// A reset will put a spare row in place.
    package var isPending: Bool
    /// No spare row was left.
    package var hasFailed: Bool

    package init(corrected: Int, uncorrected: Int, isPending: Bool, hasFailed: Bool) {
        self.corrected = corrected
        self.uncorrected = uncorrected
        self.isPending = isPending
        self.hasFailed = hasFailed
    }
}
