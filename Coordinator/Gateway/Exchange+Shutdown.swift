import Routing

extension Exchange {
    /// The program ends before the answer does.
    func cutOff() {
        if record.headAt == nil { refuse(.shuttingDown) } else { breakOff(.shuttingDown, .abandoned) }
    }
}

extension ClientError {
    static let shuttingDown = ClientError(
        503, "request_failed", "This router is shutting down and the request had not ended in time; send it again.",
        code: .shuttingDown)

    static let misdirected = ClientError(
        421, "request_failed",
        "The request's Host is another listener's than the one this TLS connection was made for; make a connection of "
            + "its own for each host.", code: .misdirected)
}
