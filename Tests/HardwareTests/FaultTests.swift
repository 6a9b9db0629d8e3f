import Hardware
import Testing
import Topology

/// What an error asks for, and how long a fault stands.
@Suite struct FaultTests {
    struct Row: Sendable {
        var xids: [Int]
        var severity: FaultSeverity
        var action: FaultAction
    }

    static let catalogue = [
        Row(
            xids: [
                8, 11, 13, 25, 31, 32, 39, 40, 41, 60, 68, 72, 75, 77, 80, 82, 86, 88, 89, 94, 96, 105, 126, 135, 139,
            ],
            severity: .warning, action: .restartEngine),
        Row(
            xids: [37, 38, 43, 44, 63, 66, 67, 92, 93, 106, 107, 121, 137, 141, 152, 153, 154, 157, 160, 161],
            severity: .information, action: .none),
        Row(
            xids: [46, 48, 62, 64, 95, 109, 110, 119, 120, 136, 140, 143, 155, 156, 158], severity: .critical,
            action: .reset),
        Row(xids: [79, 151], severity: .critical, action: .reboot),
        Row(xids: [54], severity: .critical, action: .replace),
        Row(xids: [74, 144, 147, 150], severity: .critical, action: .drain),
        Row(xids: [1, 7, 42, 162, 999, -1], severity: .warning, action: .none),
    ]

    @Test(arguments: catalogue) func `an error has a verdict`(row: Row) {
        for xid in row.xids {
            #expect(XIDCatalogue.verdict(xid, driverSays: nil) == FaultVerdict(row.severity, row.action), "\(xid)")
        }
    }

    struct Said: Sendable {
        var xid: Int
        var driver: RecoveryAction
        var verdict: FaultVerdict
    }

    @Test(arguments: [
        Said(xid: 95, driver: .none, verdict: FaultVerdict(.warning, .restartEngine)),
        Said(xid: 43, driver: .none, verdict: FaultVerdict(.information, .none)),
        Said(xid: 43, driver: .reset, verdict: FaultVerdict(.critical, .reset)),
        Said(xid: 13, driver: .reboot, verdict: FaultVerdict(.critical, .reboot)),
        Said(xid: 79, driver: .drainAndReset, verdict: FaultVerdict(.critical, .reset)),
        Said(xid: 79, driver: .drainPeers, verdict: FaultVerdict(.critical, .drain)),
        Said(xid: 999, driver: .recoverMemoryExchangeDomain, verdict: FaultVerdict(.critical, .drain)),
    ]) func `the driver's word goes before the number`(said: Said) {
        #expect(XIDCatalogue.verdict(said.xid, driverSays: said.driver) == said.verdict)
    }

    private static func report(_ change: (inout DeviceReport) -> Void = { _ in }) -> VendorReport {
        var report = VendorReport(vendor: .nvidia, state: .ready)
        var device = DeviceReport(identity: DeviceIdentity(vendor: .nvidia, uuid: "G", index: 0), condition: .ok)
        change(&device)
        report.devices = [device]
        report.driverLoads = 1
        return report
    }

    private static func xid(_ number: Int, at: ContinuousClock.Instant, part: DevicePart = .whole) -> DeviceEvent {
        DeviceEvent(device: "G", part: part, kind: .xid(number), at: at)
    }

    struct Finding: Sendable {
        var reason: String
        var action: FaultAction
        var change: @Sendable (inout DeviceReport) -> Void
    }

    static let findings = [
        Finding(reason: "DeviceLost", action: .reboot) { $0.condition = .lost },
        Finding(reason: "ResetRequired", action: .reset) { $0.condition = .resetRequired },
        Finding(reason: "RecoveryNeeded", action: .reset) { $0.readings.recoveryAction = .drainAndReset },
        Finding(reason: "RowRemapFailed", action: .replace) {
            $0.readings.remappedRows = RemappedRows(corrected: 0, uncorrected: 1, isPending: true, hasFailed: true)
        },
        Finding(reason: "RowRemapPending", action: .reset) {
            $0.readings.remappedRows = RemappedRows(corrected: 0, uncorrected: 1, isPending: true, hasFailed: false)
        },
        Finding(reason: "RetirementPending", action: .reset) { $0.readings.isRetirementPending = true },
        Finding(reason: "SRAMThreshold", action: .replace) { $0.readings.isSRAMThresholdExceeded = true },
        Finding(reason: "LinkNarrowed", action: .none) {
            $0.readings.linkWidth = 8
            $0.readings.linkWidthMax = 16
        },
        Finding(reason: "SlowedDown", action: .none) { $0.readings.clockReasons = [.hardwareThermal] },
        Finding(reason: "FabricUnhealthy", action: .drain) {
            $0.fabric = FabricMembership(
                cluster: "c", clique: 1, state: .completed, status: 0, health: FabricHealth(mask: 0x6a))
        },
        Finding(reason: "LinksDown", action: .none) {
            $0.fastLinks = FastLinkPorts(
                address: "a", ports: [true, false].map { FastLinkPorts.Port(remote: .aSwitch(nil), isActive: $0) },
                gigabytesPerSecondEach: nil)
        },
    ]

    @Test(arguments: findings) func `a reading raises a fault, and its end clears it`(finding: Finding) {
        var ledger = FaultLedger()
        let start = ContinuousClock.now
        #expect(ledger.take(Self.report(), [], now: start).isEmpty)
        let raised = ledger.take(Self.report(finding.change), [], now: start + .seconds(1))
        #expect(raised.raised.map(\.key.reason) == [finding.reason])
        #expect(raised.raised.map(\.verdict.action) == [finding.action])
        #expect(ledger.take(Self.report(finding.change), [], now: start + .seconds(2)).isEmpty)
        // A device that cannot be asked is no healthier for it.
        #expect(ledger.take(Self.report { $0.condition = .unknown }, [], now: start + .seconds(3)).isEmpty)
        #expect(ledger.faults.map(\.key.reason) == [finding.reason])
        let cleared = ledger.take(Self.report(), [], now: start + .seconds(4))
        #expect(cleared.cleared.map(\.key.reason) == [finding.reason] && ledger.faults.isEmpty)
    }

    @Test func `an error that an engine's restart mends is gone after a while`() {
        var ledger = FaultLedger()
        let start = ContinuousClock.now
        let part = DevicePart.partition(gpuInstance: 7, computeInstance: 0)
        let raised = ledger.take(Self.report(), [Self.xid(31, at: start, part: part)], now: start)
        #expect(raised.raised.map(\.key) == [DeviceFault.Key(device: "G", part: part, reason: "XID31")])
        _ = ledger.take(
            Self.report(), [Self.xid(31, at: start + .seconds(200), part: part)], now: start + .seconds(200))
        #expect(ledger.faults.map(\.count) == [2])
        #expect(ledger.take(Self.report(), [], now: start + .seconds(499)).isEmpty)
        #expect(ledger.take(Self.report(), [], now: start + .seconds(500)).cleared.count == 1)
        #expect(ledger.take(Self.report(), [Self.xid(43, at: start)], now: start).isEmpty)
    }

    @Test func `an error that needs a reset stands until the device was away or the driver loaded anew`() {
        for way in 0..<2 {
            var ledger = FaultLedger()
            let start = ContinuousClock.now
            _ = ledger.take(Self.report(), [], now: start)
            _ = ledger.take(Self.report(), [Self.xid(119, at: start)], now: start)
            #expect(ledger.take(Self.report(), [], now: start + .seconds(86_400)).isEmpty)
            #expect(ledger.faults.map(\.verdict.action) == [.reset])
            if way == 0 { _ = ledger.take(Self.report { $0.condition = .lost }, [], now: start + .seconds(90_000)) }
            var back = Self.report()
            if way == 1 { back.driverLoads = 2 }
            _ = ledger.take(back, [], now: start + .seconds(90_001))
            #expect(ledger.faults.isEmpty)
        }
    }

    @Test func `the driver's word changes the verdict on an error from before`() {
        var ledger = FaultLedger()
        let start = ContinuousClock.now
        func said(_ action: RecoveryAction) -> VendorReport { Self.report { $0.readings.recoveryAction = action } }
        _ = ledger.take(said(.reset), [Self.xid(31, at: start)], now: start)
        #expect(Set(ledger.faults.map(\.key.reason)) == ["XID31", "RecoveryNeeded"])
        #expect(ledger.faults.map(\.verdict.action) == [.reset, .reset])
        let well = ledger.take(said(.none), [], now: start + .seconds(10))
        #expect(well.cleared.map(\.key.reason) == ["RecoveryNeeded"])
        #expect(ledger.faults.map(\.verdict) == [FaultVerdict(.warning, .restartEngine)])
    }

    @Test func `a storm of different errors is bounded`() {
        var ledger = FaultLedger()
        let now = ContinuousClock.now
        let events = (0..<2_000).map { number in
            DeviceEvent(device: "G\(number)", part: .whole, kind: .xid(79), at: now)
        }
        _ = ledger.take(Self.report(), events, now: now)
        #expect(ledger.faults.count == FaultLedger.faultsMax && ledger.refusedCount == 2_000 - FaultLedger.faultsMax)
    }
}
