/// Something that is wrong with a device, or was a moment ago.
package struct DeviceFault: Sendable, Hashable {
    /// What makes two findings the same fault.
    package struct Key: Sendable, Hashable {
        /// The device's UUID; empty for the vendor's driver as a whole.
        package var device: String
        package var part: DevicePart
        /// CamelCase, or `XID` and its number.
        package var reason: String

        package init(device: String, part: DevicePart, reason: String) {
            self.device = device
            self.part = part
            self.reason = reason
        }
    }

    package var key: Key
    package var verdict: FaultVerdict
    /// One sentence without an end.
    package var message: String
    /// How often it was told.
    package var count = 1
    package var since: ContinuousClock.Instant
    package var lastAt: ContinuousClock.Instant
}
