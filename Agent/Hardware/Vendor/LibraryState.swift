/// How it stands with a vendor's library on this node.
package enum LibraryState: String, Sendable, Hashable, CaseIterable {
    /// Nothing has been tried yet.
    case starting
    case ready
    /// The bus shows no device of this vendor.
    case noDevice
    /// Devices are on the bus and the library is not to be found.
    case libraryMissing
    /// The library is there and cannot be loaded, or lacks what nothing works without.
    case libraryUnusable
    /// The kernel's driver is not loaded.
    case driverNotLoaded
    /// Library and kernel driver are of different versions, as after an upgrade without a reboot.
    case driverMismatch
    /// The system keeps this process from the devices.
    case permissionDenied
    /// The driver has gone away under the library; it is opened again in a moment.
    case driverReloading
    /// A call has not come back for ten seconds.
    case driverStuck
    /// The library answers with another error.
    case failing
}
