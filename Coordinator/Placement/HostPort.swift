/// Ports of a node that a pod asks for, as amounts of resources, so that the arithmetic of resources finds conflicts.
///
/// A port of all addresses takes all of the port, one of a single address takes a small part of it and all of that
/// address: two pods get along exactly where the ports differ or both name different addresses.
package enum HostPort {
    static let prefix = "hostPort:"
    /// What each node has of a port, and of a port of one address.
    private static let whole: Int64 = 1_000_000
    private static let address: Int64 = 1

    /// What a pod with this port takes, in thousandths as all `Resources` are; `ip` is empty for all addresses.
    package static func amounts(port: Int, protocolName: String, ip: String) -> [String: Int64] {
        let name = "\(prefix)\(protocolName):\(port)"
        let isAnyAddress = ip.isEmpty || ip == "0.0.0.0" || ip == "::"
        return isAnyAddress ? [name: whole] : [name: 1, "\(name)@\(ip)": address]
    }

    static func isPort(_ resource: String) -> Bool { resource.hasPrefix(prefix) }

    /// What every node has of a port.
    static func capacity(of resource: String) -> Int64 { resource.contains("@") ? address : whole }

    /// `TCP:8080`.
    static func text(_ resource: String) -> String { String(resource.dropFirst(prefix.count)) }
}
