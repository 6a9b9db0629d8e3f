/// Which listener of which Gateway.
package struct ListenerID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var gateway: ObjectName
    package var name: String

    package init(gateway: ObjectName, name: String) {
        self.gateway = gateway
        self.name = name
    }

    package var description: String { "\(gateway)/\(name)" }

    package static func < (left: ListenerID, right: ListenerID) -> Bool {
        (left.gateway, left.name) < (right.gateway, right.name)
    }
}

/// A listener that serves: requests that come in on its port for its hostname are its own.
package struct Listener: Sendable, Hashable {
    package var id: ListenerID
    package var port: Int
    /// Nil for every name.
    package var hostname: Hostname?
    /// What it shows clients; nil where it speaks in the clear.
    package var certificate: ListenerCertificate?

    package init(id: ListenerID, port: Int, hostname: Hostname? = nil, certificate: ListenerCertificate? = nil) {
        self.id = id
        self.port = port
        self.hostname = hostname
        self.certificate = certificate
    }

    /// Exact names before wildcards, longer wildcards before shorter ones, no name last.
    package static func precedes(_ left: Listener, _ right: Listener) -> Bool {
        guard let first = left.hostname else { return false }
        guard let second = right.hostname else { return true }
        if first.isWildcard != second.isWildcard { return !first.isWildcard }
        return first.length > second.length
    }
}

/// A certificate with its key, as a Secret holds them: PEM.
package struct ListenerCertificate: Sendable, Hashable, CustomStringConvertible {
    package var chain: [UInt8]
    package var key: [UInt8]

    package init(chain: [UInt8], key: [UInt8]) {
        self.chain = chain
        self.key = key
    }

    /// Says nothing of the key.
    package var description: String { "certificate of \(chain.count) bytes" }
}

/// The listeners of all Gateways at one moment.
///
/// 1. A request has at most one listener: the one of its port whose hostname says most about the request's.
package struct ListenerTable: Sendable {
    private let byPort: [Int: [Listener]]

    package init(_ listeners: [Listener]) {
        byPort = Dictionary(grouping: listeners, by: \.port).mapValues { $0.sorted(by: Listener.precedes) }
    }

    package var all: [Listener] { byPort.values.flatMap(\.self) }

    /// Ports that requests are listened for on.
    package var ports: Set<Int> { Set(byPort.keys) }

    /// The listener of a request that came in on a port, by its Host field.
    package func listener(port: Int, hostField: String) -> ListenerID? {
        guard let listeners = byPort[port] else { return nil }
        if listeners.count == 1, let only = listeners.first, only.hostname == nil { return only.id }
        let host = Hostname.name(inHostField: hostField)
        return listeners.first { $0.hostname?.holds(for: host) ?? true }?.id
    }
}
