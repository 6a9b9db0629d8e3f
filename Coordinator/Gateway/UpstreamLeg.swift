import HTTPWire
import NIOCore

/// One request to an engine, as the connection that carries it reports it. After `legEnded` or `legFailed` nothing
/// follows.
protocol UpstreamLeg: AnyObject {
    func legConnected(_ connection: UpstreamConnection)
    func legHead(_ head: ResponseHead)
    /// Body bytes as they came, framing included and valid during the call; `data` are the ranges of them that are the
    /// body itself. `isBetweenChunks` says that the bytes end where a chunk does, `isLast` that the body's end is among
    /// them.
    func legBody(_ wire: Span<UInt8>, data: [Range<Int>], isBetweenChunks: Bool, isLast: Bool)
    /// No more bytes for now: what was put together goes out.
    func legReadComplete()
    func legEnded()
    func legFailed(_ failure: UpstreamFailure)
}

/// What is sent to an engine.
struct UpstreamRequest {
    /// The same request in another form, from a moment on.
    struct Late {
        var from: Duration
        var clock: @Sendable () -> Duration
        var head: [UInt8]
        var body: [UInt8]
    }

    var key: UpstreamKey
    var head: [UInt8]
    var body: [UInt8]
    /// The answer has no body (HEAD).
    var isBodyless = false
    /// What is sent instead from a moment on, because a part of `body` is stale then.
    var late: Late?

    var isLate: Bool { late.map { $0.clock() >= $0.from } ?? false }
}
