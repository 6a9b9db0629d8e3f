/// Where an engine's KV events come from: vLLM's rules for its `endpoint` setting.
package enum KVEventEndpoint {
    /// The engine binds such an endpoint; any other it connects to, so that its reader has to bind.
    package static func isBoundByEngine(_ endpoint: String) -> Bool {
        endpoint.contains("*") || endpoint.contains("::") || endpoint.hasPrefix("ipc://")
            || endpoint.hasPrefix("inproc://")
    }

    /// The endpoint of one data-parallel rank: its TCP port is raised by the rank; port 0 (any free one) stays.
    package static func raised(_ endpoint: String, byRank rank: Int) -> String {
        guard rank > 0 else { return endpoint }
        if endpoint.hasPrefix("inproc://") { return "\(endpoint)_dp\(rank)" }
        guard let colon = endpoint.lastIndex(of: ":"),
            let port = Int(endpoint[endpoint.index(after: colon)...]), port > 0
        else { return endpoint }
        return "\(endpoint[..<colon]):\(port + rank)"
    }

    /// The endpoint with `host` instead of a wildcard: what a reader on the same node connects to.
    package static func resolved(_ endpoint: String, host: String) -> String {
        for wildcard in ["tcp://*:", "tcp://0.0.0.0:", "tcp://[::]:"] where endpoint.hasPrefix(wildcard) {
            return "tcp://\(host):\(endpoint.dropFirst(wildcard.count))"
        }
        return endpoint
    }
}
