/// Where a provider is, taken apart: the parts of an `https` URL.
package struct ProviderEndpoint: Sendable, Hashable {
    /// Without brackets.
    package var host: String
    package var port: Int
    /// Without a final slash; empty for none.
    package var path: String

    /// Nil for what is no `https` URL with a host.
    package init?(_ url: String) {
        let scheme = "https://"
        guard url.hasPrefix(scheme) else { return nil }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { !"/?#".contains($0) }
        var path = rest.dropFirst(authority.count)
        while path.hasSuffix("/") { path.removeLast() }
        var host = authority.prefix { $0 != ":" }
        var port = authority.dropFirst(host.count)
        if authority.hasPrefix("[") {
            host = authority.dropFirst().prefix { $0 != "]" }
            port = authority.dropFirst(host.count + 2)
        }
        guard !host.isEmpty, !authority.contains("@"), !path.contains("?"), !path.contains("#") else { return nil }
        if port.isEmpty {
            self.port = 443
        } else {
            guard port.first == ":", let number = Int(port.dropFirst()), (1...65_535).contains(number) else {
                return nil
            }
            self.port = number
        }
        self.host = String(host)
        self.path = String(path)
    }
}
