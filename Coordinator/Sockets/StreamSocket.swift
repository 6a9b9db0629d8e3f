import CEpoll
import Glibc

/// What a connection's bytes go to. Every call comes on the connection's loop.
package protocol SocketHandler: AnyObject {
    /// Bytes that were read, valid during the call.
    func received(_ bytes: Span<UInt8>)
    /// Whether what is written is sent at once, or waits for the other side to read.
    func writable(_ isWritable: Bool)
    /// The connection is over, by either side; nothing comes after it. `error` is nil where it ended in order.
    func closed(_ error: SocketError?)
}

/// One TCP connection on a `PollLoop`.
///
/// 1. What is written is sent at once as far as the kernel takes it; the rest is kept in order until it does.
/// 2. It is writable exactly while nothing is kept.
/// 3. `closed` is told once, and no other call after it.
package final class StreamSocket: Descriptor {
    /// Reads of one socket in a row, so that a fast one does not keep the others waiting.
    private static let readsMax = 4

    private var handler: (any SocketHandler)?
    private var output: [UInt8] = []
    private var sent = 0
    private var events: UInt32 = 0
    private var isReading = true
    /// What to tell once all is sent and our end is closed.
    private var onSent: (() -> Void)?
    private var isOutputClosing = false
    package private(set) var isOpen = true

    /// Takes the descriptor of an open connection.
    package init(adopting descriptor: CInt, on loop: PollLoop) {
        super.init(descriptor, loop)
        _ = stream_set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    }

    /// Has the bytes read go to `handler` from now on; it is kept until the connection ends.
    package func start(_ handler: any SocketHandler) {
        self.handler = handler
        events = epoll_readable
        loop.seat(self, events)
    }

    package var isWritable: Bool { output.isEmpty }

    /// The port of this end.
    package var localPort: Int { Int(stream_port(descriptor)) }

    /// Bytes written that the system has not taken.
    package var heldBytes: Int { output.count - sent }

    // Reading.

    /// Stops or resumes reading, so that the other side's bytes wait in the kernel and then there.
    package func setReading(_ isWanted: Bool) {
        guard isWanted != isReading, isOpen else { return }
        isReading = isWanted
        updateEvents()
    }

    override func ready(_ ready: UInt32) {
        if ready & epoll_writable != 0 { sendKept() }
        guard isOpen else { return }
        if ready & epoll_readable != 0 && isReading {
            readSome()
        } else if ready & epoll_broken != 0 {
            close(SocketError("connection", max(0, stream_error(descriptor))))
        }
    }

    private func readSome() {
        for _ in 0..<Self.readsMax {
            let room = unsafe loop.buffer.count
            let count = unsafe Glibc.read(descriptor, loop.buffer.baseAddress, room)
            if count > 0 {
                unsafe handler?.received(Span(_unsafeBytes: UnsafeRawBufferPointer(rebasing: loop.buffer[..<count])))
                guard count == room, isOpen, isReading else { return }
            } else {
                guard count < 0 else { return close(nil) }
                let code = errno
                if code == EAGAIN || code == EINTR { return }
                return close(SocketError("read", code))
            }
        }
    }

    // Writing.

    /// Sends two pieces, one behind the other, in one call to the kernel.
    package func write(_ first: Span<UInt8>, _ second: Span<UInt8>) {
        guard isOpen, !isOutputClosing else { return }
        guard output.isEmpty else {
            keep(first, from: 0)
            return keep(second, from: 0)
        }
        let count = unsafe first.withUnsafeBytes { first in
            unsafe second.withUnsafeBytes { second in
                unsafe stream_send(descriptor, first.baseAddress, first.count, second.baseAddress, second.count)
            }
        }
        if count < 0 {
            let code = errno
            guard code == EAGAIN || code == EINTR else { return close(SocketError("write", code)) }
        }
        let taken = max(0, count)
        if taken == first.count + second.count { return }
        keep(first, from: min(taken, first.count))
        keep(second, from: max(0, taken - first.count))
        updateEvents()
        handler?.writable(false)
    }

    private func keep(_ bytes: Span<UInt8>, from start: Int) {
        guard start < bytes.count else { return }
        unsafe bytes.extracting(start..<bytes.count).withUnsafeBufferPointer { unsafe output.append(contentsOf: $0) }
    }

    private func sendKept() {
        guard !output.isEmpty else { return }
        let count = unsafe output.withUnsafeBytes { bytes in
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[sent...])
            return unsafe stream_send(descriptor, rest.baseAddress, rest.count, nil, 0)
        }
        if count < 0 {
            let code = errno
            if code == EAGAIN || code == EINTR { return }
            return close(SocketError("write", code))
        }
        sent += count
        guard sent == output.count else { return }
        output = []
        sent = 0
        updateEvents()
        if isOutputClosing { closeOutput() } else { handler?.writable(true) }
    }

    // Closing.

    /// Sends our end of the connection after everything written; `onSent` is told then.
    package func finishWriting(_ onSent: @escaping () -> Void) {
        guard isOpen, !isOutputClosing else { return }
        isOutputClosing = true
        self.onSent = onSent
        if output.isEmpty { closeOutput() }
    }

    private func closeOutput() {
        _ = shutdown(descriptor, Int32(SHUT_WR))
        let told = onSent
        onSent = nil
        told?()
    }

    /// Ends the connection at once; what was not sent is lost.
    package func close() { close(nil) }

    private func close(_ error: SocketError?) {
        guard isOpen else { return }
        isOpen = false
        loop.unseat(self)
        _ = Glibc.close(descriptor)
        output = []
        onSent = nil
        let told = handler
        handler = nil
        told?.closed(error)
    }

    /// Gives the open connection's descriptor to somebody else; its handler hears nothing more.
    package func detach() -> CInt {
        guard isOpen else { return -1 }
        isOpen = false
        loop.unseat(self)
        handler = nil
        return descriptor
    }

    override func end() { close(nil) }

    private func updateEvents() {
        guard isOpen else { return }
        let wanted = (isReading ? epoll_readable : 0) | (output.isEmpty ? 0 : epoll_writable)
        guard wanted != events else { return }
        events = wanted
        loop.change(self, wanted)
    }
}
