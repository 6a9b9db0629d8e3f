/// NVIDIA's numbers of driver errors (XID): what each one asks for.
package enum XIDCatalogue {
    /// The verdict on an error. The driver's own word on how to recover, where it has one, goes before the table: it
    /// knows this device, the table only the number.
    package static func verdict(_ xid: Int, driverSays: RecoveryAction?) -> FaultVerdict {
        let byNumber = table[xid] ?? unlisted
        guard let driverSays else { return byNumber }
        guard driverSays == .none else { return verdict(of: driverSays) }
        // The device is well; what used it at that moment may have been stopped.
        return FaultVerdict(min(byNumber.severity, .warning), min(byNumber.action, .restartEngine))
    }

    /// What the driver's wish for recovery asks for.
    package static func verdict(of action: RecoveryAction) -> FaultVerdict {
        switch action {
        case .none: FaultVerdict(.information, .none)
        case .reset, .drainAndReset: FaultVerdict(.critical, .reset)
        case .reboot: FaultVerdict(.critical, .reboot)
        case .drainPeers, .recoverMemoryExchangeDomain: FaultVerdict(.critical, .drain)
        }
    }

    /// What an error is called; the number alone where the table has no words.
    package static func name(_ xid: Int) -> String { names[xid].map { "XID \(xid), \($0)" } ?? "XID \(xid)" }

    /// Also for 999, an error the driver has no number for.
    private static let unlisted = FaultVerdict(.warning, .none)

    private static let table: [Int: FaultVerdict] = {
        var table: [Int: FaultVerdict] = [:]
        for (verdict, numbers) in groups {
            for xid in numbers.joined() { table[xid] = verdict }
        }
        return table
    }()

    private static let groups: [(FaultVerdict, [ClosedRange<Int>])] = [
        // The device is well after these; what ran on it is not.
        (
            FaultVerdict(.warning, .restartEngine),
            [
                8...8, 11...11, 13...13, 25...25, 31...32, 39...41, 45...45, 60...60, 68...72, 75...77, 80...80,
                82...86, 88...89, 94...94, 96...105, 126...135, 139...139,
            ]
        ),
        (
            FaultVerdict(.information, .none),
            [
                37...38, 43...44, 63...63, 66...67, 92...93, 106...107, 121...121, 137...137, 141...141, 152...154,
                157...157, 160...161,
            ]
        ),
        // Links between devices: their users lose each other, so none of them gets new work.
        (FaultVerdict(.critical, .drain), [74...74, 144...150]),
        (
            FaultVerdict(.critical, .reset),
            [
                46...46, 48...48, 62...62, 64...64, 95...95, 109...110, 119...120, 136...136, 140...140, 143...143,
                155...156, 158...158,
            ]
        ),
        (FaultVerdict(.critical, .reboot), [79...79, 151...151]),
        (FaultVerdict(.critical, .replace), [54...54]),
    ]

    private static let names: [Int: String] = [
        13: "exception of the graphics engine", 31: "page fault of GPU memory", 43: "an application stopped it",
        45: "clean-up after another error", 46: "GPU stopped working", 48: "double-bit memory error",
        54: "auxiliary power is not connected", 62: "internal micro-controller halted", 63: "memory row remapped",
        64: "memory row could not be remapped", 74: "NVLink error", 79: "GPU has fallen off the bus",
        92: "many single-bit memory errors", 94: "contained memory error", 95: "uncontained memory error",
        109: "context switch timed out", 119: "system processor does not answer", 120: "system processor error",
        121: "error of the link to the CPU", 140: "unrecovered memory error", 144: "NVLink error", 145: "NVLink error",
        146: "NVLink error", 147: "NVLink error", 148: "NVLink error", 149: "NVLink error", 150: "NVLink error",
        154: "the way to recover has changed", 999: "an error without a number",
    ]
}
