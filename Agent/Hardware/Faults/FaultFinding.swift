import Topology

/// What is wrong by a device's state and readings: true as long as they say so.
struct FaultFinding: Hashable {
    var reason: String
    var verdict: FaultVerdict
    var message: String

    init(_ reason: String, _ severity: FaultSeverity, _ action: FaultAction, _ message: String) {
        self.reason = reason
        verdict = FaultVerdict(severity, action)
        self.message = message
    }

    static func findings(in device: DeviceReport) -> [FaultFinding] {
        switch device.condition {
        case .lost: [FaultFinding("DeviceLost", .critical, .reboot, "The device does not answer any more")]
        case .resetRequired: [FaultFinding("ResetRequired", .critical, .reset, "The device works again after a reset")]
        case .blocked, .unknown: []
        case .ok: memory(device.readings) + driver(device.readings) + bus(device.readings) + links(device)
        }
    }

    private static func driver(_ readings: DeviceReadings) -> [FaultFinding] {
        guard let action = readings.recoveryAction, action != .none else { return [] }
        let verdict = XIDCatalogue.verdict(of: action)
        return [
            FaultFinding(
                "RecoveryNeeded", verdict.severity, verdict.action, "The driver asks for recovery: \(action)")
        ]
    }

    private static func memory(_ readings: DeviceReadings) -> [FaultFinding] {
        var found: [FaultFinding] = []
        if readings.remappedRows?.hasFailed == true {
            found.append(FaultFinding("RowRemapFailed", .critical, .replace, "No spare row of memory is left"))
        } else if readings.remappedRows?.isPending == true {
            found.append(
                FaultFinding("RowRemapPending", .warning, .reset, "A reset puts a spare row of memory in place"))
        }
        if readings.isRetirementPending == true {
            found.append(FaultFinding("RetirementPending", .warning, .reset, "A reset retires pages of memory"))
        }
        if readings.isSRAMThresholdExceeded == true {
            found.append(FaultFinding("SRAMThreshold", .critical, .replace, "Caches have had too many errors"))
        }
        return found
    }

    private static func bus(_ readings: DeviceReadings) -> [FaultFinding] {
        var found: [FaultFinding] = []
        if readings.isLinkNarrowed, let width = readings.linkWidth, let widthMax = readings.linkWidthMax {
            found.append(
                FaultFinding("LinkNarrowed", .warning, .none, "The PCI link runs on \(width) of \(widthMax) lanes"))
        }
        let held: ClockReasons = [.hardwareSlowdown, .hardwareThermal, .hardwarePowerBrake]
        if let reasons = readings.clockReasons?.intersection(held), !reasons.isEmpty {
            let names = reasons.names.joined(separator: ", ")
            found.append(FaultFinding("SlowedDown", .warning, .none, "The hardware holds clocks down: \(names)"))
        }
        return found
    }

    private static func links(_ device: DeviceReport) -> [FaultFinding] {
        var found: [FaultFinding] = []
        if let fabric = device.fabric, fabric.state == .completed, !fabric.isUsable {
            let named = fabric.health.problems.map(\.rawValue).joined(separator: ", ")
            let problems = named.isEmpty ? "status \(fabric.status)" : named
            found.append(
                FaultFinding(
                    "FabricUnhealthy", .critical, .drain,
                    "The fabric does not carry the device's traffic: \(problems)"))
        }
        if let ports = device.fastLinks?.ports, device.partitions.isEmpty {
            let down = ports.count { !$0.isActive }
            if down > 0, down < ports.count {
                found.append(FaultFinding("LinksDown", .warning, .none, "\(down) of \(ports.count) NVLinks are down"))
            }
        }
        return found
    }

    /// What is wrong with the driver as a whole.
    static func finding(in report: VendorReport) -> FaultFinding? {
        switch report.state {
        case .driverStuck: FaultFinding("DriverStuck", .critical, .drain, report.detail)
        case .driverMismatch: FaultFinding("DriverMismatch", .critical, .drain, report.detail)
        case .permissionDenied, .libraryMissing, .libraryUnusable, .failing:
            FaultFinding("DevicesUnseen", .warning, .none, report.detail)
        case .starting, .ready, .noDevice, .driverNotLoaded, .driverReloading: nil
        }
    }
}
