package import Topology

/// Which device a report is about: what stays the same while the driver is loaded.
package struct DeviceIdentity: Sendable, Hashable {
    package var vendor: Accelerator.Vendor
    package var uuid: String
    /// The library's number of it in this life of the driver.
    package var index: Int
    package var name = ""
    /// On the PCI bus; empty where the library does not say.
    package var address = ""
    package var deviceID: UInt16 = 0
    package var serial: String?
    package var partNumber: String?
    /// The N of `/dev/nvidiaN`.
    package var minorNumber: Int?
    package var moduleID: Int?
    package var architecture: String?
    package var computeCapability: String?
    /// The host's memory that is nearest, in the vendor's words.
    package var nearestNUMANode: Int?

    package init(vendor: Accelerator.Vendor, uuid: String, index: Int) {
        self.vendor = vendor
        self.uuid = uuid
        self.index = index
    }
}

/// Where in a rack of joined GPUs one of them is.
package struct RackPlace: Sendable, Hashable {
    /// The chassis's serial number.
    package var chassis: String
    package var slot: Int
    package var tray: Int
    package var host: Int
    package var module: Int
}
