import AsyncHTTPClient
import Daemon
import NIOCore
import NIOHTTP1

/// Reads pages of the admin ports of a running Martlet.
enum AdminPort {
    static let secondsMax: Int64 = 5
    static let bytesMax = 16 << 20

    /// The body of a page that answers 200. Throws for anything else.
    static func read(_ url: String) async throws -> [UInt8] {
        let request = HTTPClientRequest(url: url)
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(secondsMax))
        let body = try await response.body.collect(upTo: bytesMax)
        guard response.status == .ok else { throw StartupError("\(url) answered \(response.status.code)") }
        return Array(body.readableBytesView)
    }
}
