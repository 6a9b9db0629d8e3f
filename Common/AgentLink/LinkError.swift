/// Why a link cannot work; each says what to do.
package enum LinkError: Error, Sendable, Hashable, CustomStringConvertible {
    case badEndpoint(String)
    case badKey(name: String)
    case cannotListen(endpoint: String, reason: String)
    case readingKeys(path: String, reason: String)
    case writingKeys(path: String, reason: String)
    /// The file may be read or written by others than its owner.
    case exposedKeys(path: String)
    /// libzmq was built without CURVE.
    case noEncryption
    case library(call: String, reason: String)

    package var description: String {
        switch self {
        case .badEndpoint(let endpoint):
            "\"\(endpoint)\" is no link endpoint: write tcp://HOST:PORT"
        case .badKey(let name):
            "\(name) is no CURVE key: it has 40 characters (Z85), as printed beside a generated key pair"
        case .cannotListen(let endpoint, let reason):
            "Cannot listen for agents at \(endpoint): \(reason); choose another endpoint or stop what uses it"
        case .readingKeys(let path, let reason):
            "Cannot read link keys from \(path): \(reason)"
        case .writingKeys(let path, let reason):
            "Cannot write link keys to \(path): \(reason)"
        case .exposedKeys(let path):
            "Link keys in \(path) can be read by others: run chmod 600 \(path)"
        case .noEncryption:
            "This libzmq has no CURVE encryption: install one built with libsodium (Debian: libzmq5)"
        case .library(let call, let reason):
            "libzmq refused \(call): \(reason)"
        }
    }
}
