/// How two accelerators of a node reach each other.
package struct DevicePath: Sendable, Hashable {
    /// Addresses on the bus.
    package var from: String
    package var to: String
    package var bus: Fact<LinkClass>
    /// The links beside the bus that join the two; nil where there are none.
    package var fast: FastLink?

    package init(from: String, to: String, bus: Fact<LinkClass>, fast: FastLink? = nil) {
        self.from = from
        self.to = to
        self.bus = bus
        self.fast = fast
    }
}

/// Links between two accelerators that do not go over the bus.
package struct FastLink: Sendable, Hashable {
    /// What they are.
    package enum Medium: String, Sendable, Hashable {
        /// From one GPU to the other.
        case nvLink
        /// Through switches, at full speed to every GPU behind them.
        case nvSwitch
        case hccs
        case sio
    }

    package var medium: Fact<Medium>
    /// Working links on the side that has fewer.
    package var count: Int
    /// In one direction, all links together; nil where the device does not say.
    package var gigabytesPerSecond: Double?

    package init(medium: Fact<Medium>, count: Int, gigabytesPerSecond: Double?) {
        self.medium = medium
        self.count = count
        self.gigabytesPerSecond = gigabytesPerSecond
    }
}
