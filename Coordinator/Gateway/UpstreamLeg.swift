import HTTPWire
import NIOCore

/// One request to an engine, as the connection that carries it reports it. After `legEnded` or `legFailed` nothing
/// follows.
protocol UpstreamLeg: AnyObject {
    func legConnected(_ connection: UpstreamConnection)
    func legHead(_ head: ResponseHead)
    /// Body bytes as they came, framing included; `data` are the ranges of them (from their reader index) that are the
    /// body itself. `isBetweenChunks` says that the bytes end where a chunk does, `isLast`
    /// that the body's end is among them.
    func legBody(_ wire: ByteBuffer, data: [Range<Int>], isBetweenChunks: Bool, isLast: Bool)
    /// No more bytes for now: what was written may be flushed.
    func legReadComplete()
    func legEnded()
    func legFailed(_ failure: UpstreamFailure)
}

/// What is sent to an engine.
struct UpstreamRequest {
    var key: UpstreamKey
    var bytes: ByteBuffer
    /// The answer has no body (HEAD).
    var isBodyless = false
    /// What is sent instead from a moment on, because a part of `bytes` is stale then.
    struct Late {
        var from: Duration
        var clock: @Sendable () -> Duration
        var bytes: ByteBuffer
    }

    var late: Late?

    var isLate: Bool { late.map { $0.clock() >= $0.from } ?? false }
}
