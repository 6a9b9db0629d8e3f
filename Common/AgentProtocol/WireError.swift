/// Why bytes are no message of this protocol.
package enum WireError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The bytes end before the value does; also any length that exceeds the bytes there are.
    case truncated
    /// A byte has a value that has no meaning at its place.
    case unknownValue(field: String, UInt64)
    case notUTF8
    /// The message is of a protocol version that this program does not speak.
    case unsupportedVersion(UInt8)
    /// The first byte is not this protocol's.
    case notThisProtocol
    /// A name, count or frame exceeds its limit.
    case tooLarge(field: String)

    package var description: String {
        switch self {
        case .truncated: "the message ends too early"
        case .unknownValue(let field, let value): "\(field) has the unknown value \(value)"
        case .notUTF8: "a text is not UTF-8"
        case .unsupportedVersion(let version): "protocol version \(version) is not spoken here"
        case .notThisProtocol: "these bytes are not a message of the agent protocol"
        case .tooLarge(let field): "\(field) is larger than allowed"
        }
    }
}
