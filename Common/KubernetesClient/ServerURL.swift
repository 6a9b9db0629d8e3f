/// The parts of an API server's URL.
struct ServerURL: Sendable, Hashable {
    var isTLS: Bool
    /// A name or an address; IPv6 without brackets.
    var host: String
    /// `:port` and the path, as written.
    private var rest: String

    init(_ text: String) throws(ConfigurationError) {
        let problem = ConfigurationError("the server '\(text)' is not an http or https URL with a host")
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { throw problem }
        switch text[..<colon].lowercased() {
        case "https": isTLS = true
        case "http": isTLS = false
        default: throw problem
        }
        let after = text[text.index(colon, offsetBy: 3)...]
        if after.hasPrefix("["), let close = after.firstIndex(of: "]") {
            host = String(after[after.index(after: after.startIndex)..<close])
            rest = String(after[after.index(after: close)...])
        } else {
            let end = after.firstIndex { $0 == ":" || $0 == "/" } ?? after.endIndex
            host = String(after[..<end])
            rest = String(after[end...])
        }
        guard !host.isEmpty, !host.contains("@") else { throw problem }
    }

    /// The URL with another host.
    func origin(host: String) -> String { "\(isTLS ? "https" : "http")://\(host)\(rest)" }

    var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
