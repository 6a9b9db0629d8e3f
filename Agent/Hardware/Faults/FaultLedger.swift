/// The faults of one vendor's devices as they come and go.
///
/// 1. A fault seen in readings stands exactly as long as readings show it; while they are absent, as long as it did.
/// 2. A fault told by an event stands until the driver says that the device is well and no event has come for
///    `eventWindow`; where the driver never says so, one that asks for more than a new engine stands until the device
///    was lost and is back, or the driver was loaded anew.
/// 3. At most `faultsMax` stand; a newer one is then refused and counted.
package struct FaultLedger: Sendable {
    package static let faultsMax = 512
    package static let eventWindow: Duration = .seconds(300)

    /// What has come and gone by one step.
    package struct Changes: Sendable, Hashable {
        package var raised: [DeviceFault] = []
        package var cleared: [DeviceFault] = []
        package var isEmpty: Bool { raised.isEmpty && cleared.isEmpty }
    }

    private var standing: [DeviceFault.Key: DeviceFault] = [:]
    /// Numbers of the errors behind faults that events told.
    private var numbers: [DeviceFault.Key: Int] = [:]
    private var driverLoads: UInt64 = 0
    /// Devices that were lost or wanted a reset when last seen.
    private var down: Set<String> = []
    package private(set) var refusedCount = 0

    package init() {}

    /// What stands now, the worst first.
    package var faults: [DeviceFault] {
        standing.values.sorted { left, right in
            if left.verdict.severity != right.verdict.severity { return left.verdict.severity > right.verdict.severity }
            return (left.key.device, left.key.reason) < (right.key.device, right.key.reason)
        }
    }

    /// Takes the newest report with the events that came with it.
    package mutating func take(
        _ report: VendorReport, _ events: [DeviceEvent], now: ContinuousClock.Instant
    ) -> Changes {
        let before = standing
        let actions = Dictionary(
            report.devices.map { ($0.identity.uuid, $0.readings.recoveryAction) },
            uniquingKeysWith: { first, _ in first })
        forgetErrors(of: renewed(report))
        for event in events { note(event, driverSays: actions[event.device] ?? nil) }
        observe(report, now)
        judgeAnew(actions, now)
        var changes = Changes()
        for fault in faults where before[fault.key]?.verdict != fault.verdict { changes.raised.append(fault) }
        changes.cleared = before.values.filter { standing[$0.key] == nil }
            .sorted { ($0.key.device, $0.key.reason) < ($1.key.device, $1.key.reason) }
        return changes
    }

    /// Devices that have been reset since the last time, as far as that can be told from outside.
    private mutating func renewed(_ report: VendorReport) -> Set<String> {
        guard report.state == .ready else { return [] }
        let well = Set(report.devices.filter { $0.condition == .ok }.map(\.identity.uuid))
        let isLoadedAnew = report.driverLoads != driverLoads
        driverLoads = report.driverLoads
        let back = isLoadedAnew ? well : well.intersection(down)
        let lost = report.devices.filter { $0.condition == .lost || $0.condition == .resetRequired }
        down = down.subtracting(well).union(lost.map(\.identity.uuid))
        return back
    }

    /// A reset ends what errors before it have left behind.
    private mutating func forgetErrors(of devices: Set<String>) {
        for key in numbers.keys where devices.contains(key.device) {
            standing[key] = nil
            numbers[key] = nil
        }
    }

    private mutating func note(_ event: DeviceEvent, driverSays: RecoveryAction?) {
        guard case .xid(let xid) = event.kind else { return }
        let verdict = XIDCatalogue.verdict(xid, driverSays: driverSays)
        guard verdict.action > .none || verdict.severity > .information else { return }
        let key = DeviceFault.Key(device: event.device, part: event.part, reason: "XID\(xid)")
        numbers[key] = xid
        raise(key, verdict, XIDCatalogue.name(xid), at: event.at)
    }

    private mutating func observe(_ report: VendorReport, _ now: ContinuousClock.Instant) {
        var seen: Set<DeviceFault.Key> = []
        var silent: Set<String> = []
        func found(_ finding: FaultFinding, _ device: String) -> DeviceFault.Key {
            DeviceFault.Key(device: device, part: .whole, reason: finding.reason)
        }
        if let finding = FaultFinding.finding(in: report) {
            let key = found(finding, "")
            seen.insert(key)
            raise(key, finding.verdict, finding.message, at: now)
        }
        for device in report.devices {
            if device.condition == .unknown || device.condition == .blocked { silent.insert(device.identity.uuid) }
            for finding in FaultFinding.findings(in: device) {
                let key = found(finding, device.identity.uuid)
                seen.insert(key)
                raise(key, finding.verdict, finding.message, at: now)
            }
        }
        for key in standing.keys where numbers[key] == nil && !seen.contains(key) && !silent.contains(key.device) {
            standing[key] = nil
        }
    }

    private mutating func raise(
        _ key: DeviceFault.Key, _ verdict: FaultVerdict, _ message: String, at now: ContinuousClock.Instant
    ) {
        if var fault = standing[key] {
            fault.verdict = verdict
            fault.message = message
            fault.lastAt = now
            if numbers[key] != nil { fault.count += 1 }
            standing[key] = fault
        } else if standing.count < Self.faultsMax {
            standing[key] = DeviceFault(key: key, verdict: verdict, message: message, since: now, lastAt: now)
        } else {
            refusedCount += 1
            numbers[key] = nil
        }
    }

    /// The driver's word on a device changes the verdict on errors from before.
    private mutating func judgeAnew(
        _ actions: [String: RecoveryAction?], _ now: ContinuousClock.Instant
    ) {
        for (key, xid) in numbers {
            guard var fault = standing[key] else { continue }
            let driverSays = actions[key.device] ?? nil
            if driverSays != nil { fault.verdict = XIDCatalogue.verdict(xid, driverSays: driverSays) }
            let isOld = now - fault.lastAt >= Self.eventWindow
            let isGone = isOld && fault.verdict.action <= .restartEngine
            standing[key] = isGone ? nil : fault
            if isGone { numbers[key] = nil }
        }
    }
}
