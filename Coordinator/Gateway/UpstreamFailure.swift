import HTTPWire

/// Why an exchange with an engine ended without its answer.
enum UpstreamFailure: Error, Sendable, Hashable {
    /// No connection; the system's words.
    case connect(String)
    /// The connection ended before the response did.
    case closed
    case violation(HTTPViolation)
    /// No response head, or no next byte of its body, in time.
    case timeout
    /// The engine produces nothing for anybody.
    case stuck
    /// The client took nothing of the answer for so long that it is given up.
    case clientStalled
    /// The response says that the engine cannot serve now.
    case refused(status: Int)
    /// This loop has as many connections to the engine as it may.
    case tooManyConnections
    /// The collected response is larger than it may be.
    case tooLarge

    /// One phrase for records and error messages.
    var text: String {
        switch self {
        case .connect(let reason): "no connection (\(reason))"
        case .closed: "the connection broke"
        case .violation(let violation): "its response \(violation.reason)"
        case .timeout: "no answer in time"
        case .stuck: "it takes requests and produces nothing"
        case .clientStalled: "the client took nothing more of it"
        case .refused(let status): "it answered \(status)"
        case .tooManyConnections: "too many connections to it"
        case .tooLarge: "its response is too large"
        }
    }

    /// A label of metrics.
    var kind: String {
        switch self {
        case .connect: "connect"
        case .closed: "closed"
        case .violation: "violation"
        case .timeout: "timeout"
        case .stuck: "stuck"
        case .clientStalled: "client_stalled"
        case .refused: "refused"
        case .tooManyConnections: "connections"
        case .tooLarge: "too_large"
        }
    }
}
