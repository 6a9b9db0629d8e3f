/// A vendor's library as the monitor drives it, on one thread.
package protocol VendorSession: AnyObject {
    /// Does what is due and tells how it stands.
    func step(_ now: ContinuousClock.Instant) -> VendorReport
    /// Events since the last time.
    func takeEvents() -> [DeviceEvent]
    func close()
}
