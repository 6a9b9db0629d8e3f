/// The ends of one accelerator's fast links, as it sees them.
package struct FastLinkPorts: Sendable, Hashable {
    /// What a link leads to.
    package enum Remote: Sendable, Hashable {
        /// A device, by its address on the bus.
        case device(String)
        /// A switch; its address where the driver tells it.
        case aSwitch(String?)
        case unknown
    }

    /// One link.
    package struct Port: Sendable, Hashable {
        package var remote: Remote
        package var isActive: Bool

        package init(remote: Remote, isActive: Bool) {
            self.remote = remote
            self.isActive = isActive
        }
    }

    /// The accelerator's own address.
    package var address: String
    package var ports: [Port]
    /// One link, one direction; nil where the driver does not say.
    package var gigabytesPerSecondEach: Double?
    /// Whether its links carry traffic: false while it is cut into parts, or has not joined the fabric of its switches.
    package var isJoined: Bool

    package init(address: String, ports: [Port], gigabytesPerSecondEach: Double?, isJoined: Bool = true) {
        self.address = address
        self.ports = ports
        self.gigabytesPerSecondEach = gigabytesPerSecondEach
        self.isJoined = isJoined
    }

    /// What joins two accelerators of one node.
    ///
    /// Links that end in a switch name no accelerator, so pairs cannot be matched: all accelerators of a node with such
    /// links reach each other through its switches. `peerAnswer` is what the driver says of the pair (nil: nothing).
    package static func join(_ left: FastLinkPorts, _ right: FastLinkPorts, peerAnswer: Bool?) -> FastLink? {
        guard left.isJoined, right.isJoined else { return nil }
        let direct = left.ports.count { $0.isActive && $0.remote == .device(right.address) }
        let back = right.ports.count { $0.isActive && $0.remote == .device(left.address) }
        if direct > 0 || back > 0 {
            return link(.nvLink, left, right, count: max(direct, back), peerAnswer)
        }
        let through = min(left.switchPorts.count, right.switchPorts.count)
        return through > 0 ? link(.nvSwitch, left, right, count: through, peerAnswer) : nil
    }

    private var switchPorts: [Port] {
        ports.filter { port in
            guard port.isActive, case .aSwitch = port.remote else { return false }
            return true
        }
    }

    private static func link(
        _ medium: FastLink.Medium, _ left: FastLinkPorts, _ right: FastLinkPorts, count: Int, _ peerAnswer: Bool?
    ) -> FastLink? {
        // The ends say what they lead to; that a switch joins two of them is a conclusion until the driver confirms it.
        let isConfirmed = peerAnswer == true
        let confidence: Confidence =
            peerAnswer == false ? .low : (isConfirmed || medium == .nvLink ? .high : .medium)
        let each = [left.gigabytesPerSecondEach, right.gigabytesPerSecondEach].compactMap { $0 }.min()
        return FastLink(
            medium: Fact(medium, isConfirmed || medium == .nvLink ? .nvml : .inference, confidence), count: count,
            gigabytesPerSecond: each.map { $0 * Double(count) })
    }
}
