/// Why a command has no reply.
package enum RedisFailure: Error, Sendable, Hashable {
    /// There is no connection, and there has never been one.
    case neverConnected
    /// There was a connection, and it is gone; or this one broke.
    case disconnected
    /// No reply in time.
    case timeout
    /// Redis says so.
    case refused(String)
    /// Too many commands wait.
    case busy

    /// In few words.
    package var text: String {
        switch self {
        case .neverConnected: "cannot be reached"
        case .disconnected: "closed the connection"
        case .timeout: "did not answer in time"
        case .refused(let reason): "answered \(reason.prefix(120))"
        case .busy: "has too many commands before it"
        }
    }
}

/// Where a Redis is, as manifests write it: `host:port`, or `host` for the usual port.
package struct RedisAddress: Sendable, Hashable {
    package static let portDefault = 6_379

    package var host: String
    package var port: Int

    package init(host: String, port: Int = RedisAddress.portDefault) {
        self.host = host
        self.port = port
    }

    /// Nil when the text is no address. IPv6 hosts stand in brackets where a port follows.
    package init?(_ text: String) {
        port = Self.portDefault
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            if !rest.isEmpty { guard let number = Int(rest.dropFirst()) else { return nil }; port = number }
        } else {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            switch parts.count {
            case 1: host = text
            case 2:
                guard let number = Int(parts[1]) else { return nil }
                host = String(parts[0])
                port = number
            default: host = text
            }
        }
        guard !host.isEmpty, (1...65_535).contains(port) else { return nil }
    }
}
