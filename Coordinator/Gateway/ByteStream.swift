import Sockets

/// A connection as bytes, whatever carries it: a socket of ours, or a channel where TLS or a resolver is needed. It is
/// used on one loop only.
protocol ByteStream: AnyObject {
    var isOpen: Bool { get }
    /// What is written goes out at once; false while the other side does not read.
    var isWritable: Bool { get }
    /// Bytes written that the system has not taken; 0 where a channel keeps them.
    var heldBytes: Int { get }
    var localPort: Int { get }
    /// Has what is read go to `handler`, which is kept until the connection ends.
    func start(_ handler: any SocketHandler)
    /// Sends two pieces, one behind the other.
    func write(_ first: Span<UInt8>, _ second: Span<UInt8>)
    /// Stops or resumes reading, so that the other side's bytes wait there and not here.
    func setReading(_ isWanted: Bool)
    /// Ends our direction after what was written; `onSent` is told then.
    func finishWriting(_ onSent: @escaping () -> Void)
    /// Ends the connection at once.
    func close()
    /// Leaves the connection, whose first bytes were `bytes`, to HTTP/2; the handler hears nothing more.
    func speakHTTP2(_ bytes: [UInt8], _ context: LoopContext, _ arrival: Arrival)
}

extension StreamSocket: ByteStream {
    func speakHTTP2(_ bytes: [UInt8], _ context: LoopContext, _ arrival: Arrival) {
        context.entrance?.adopt(detach(), first: bytes) { try HTTP2Connection.add(to: $0, $1, arrival) }
    }
}

extension ByteStream {
    func write(_ bytes: Span<UInt8>) { write(bytes, Span()) }
}
