/// How much a fault of a device matters.
package enum FaultSeverity: Int, Sendable, Hashable, Comparable, CaseIterable, CustomStringConvertible {
    /// Worth a line in a log.
    case information
    /// Work goes on, or goes on after its engine has been started anew.
    case warning
    /// The device must not get new work.
    case critical

    package static func < (left: FaultSeverity, right: FaultSeverity) -> Bool { left.rawValue < right.rawValue }

    package var description: String {
        switch self {
        case .information: "information"
        case .warning: "warning"
        case .critical: "critical"
        }
    }
}

/// What brings a device back, the least first; each one contains what stands before it.
package enum FaultAction: Int, Sendable, Hashable, Comparable, CaseIterable, CustomStringConvertible {
    case none
    case restartEngine
    /// No new work, and what runs may end.
    case drain
    case reset
    case reboot
    /// Somebody has to look at the hardware.
    case replace

    package static func < (left: FaultAction, right: FaultAction) -> Bool { left.rawValue < right.rawValue }

    package var description: String {
        switch self {
        case .none: "none"
        case .restartEngine: "restartEngine"
        case .drain: "drain"
        case .reset: "reset"
        case .reboot: "reboot"
        case .replace: "replace"
        }
    }
}

/// How much a fault matters and what to do about it.
package struct FaultVerdict: Sendable, Hashable {
    package var severity: FaultSeverity
    package var action: FaultAction

    package init(_ severity: FaultSeverity, _ action: FaultAction) {
        self.severity = severity
        self.action = action
    }
}
