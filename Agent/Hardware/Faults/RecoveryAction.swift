/// What NVIDIA's driver says would bring a device back, by its own numbers.
package enum RecoveryAction: Int, Sendable, Hashable, CaseIterable {
    case none = 0
    case reset = 1
    case reboot = 2
    case drainPeers = 3
    case drainAndReset = 4
    case recoverMemoryExchangeDomain = 5
}
