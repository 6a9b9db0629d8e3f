import CEpoll
import Glibc
import NIOCore

/// A listening TCP socket, whose connections are handed out as descriptors.
package final class SocketListener: Descriptor {
    /// Connections that wait in the kernel for being accepted.
    private static let backlog: CInt = 1_024
    /// Connections accepted in a row, so that many new ones do not keep the old ones waiting.
    private static let acceptsMax = 64
    /// How long connections wait where the system has no descriptor or memory left for one.
    private static let pause = TimeAmount.milliseconds(100)

    private let accepted: (CInt) -> Void
    private var isOpen = true

    private init(_ descriptor: CInt, _ loop: PollLoop, _ accepted: @escaping (CInt) -> Void) {
        self.accepted = accepted
        super.init(descriptor, loop)
    }

    /// Listens on an IP address; port 0 picks a free one. Only on the loop's thread.
    package static func listen(
        on host: String, port: Int, loop: PollLoop, accepted: @escaping (CInt) -> Void
    ) throws(SocketError) -> SocketListener {
        guard var address = StreamAddress(host, port: port) else { throw SocketError("bind", EADDRNOTAVAIL) }
        let descriptor = address.socket()
        guard descriptor >= 0 else { throw SocketError("socket", errno) }
        _ = stream_set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        guard address.bind(descriptor) else { throw failed("bind", descriptor) }
        guard Glibc.listen(descriptor, backlog) == 0 else { throw failed("listen", descriptor) }
        let listener = SocketListener(descriptor, loop, accepted)
        loop.seat(listener, epoll_readable)
        return listener
    }

    private static func failed(_ call: String, _ descriptor: CInt) -> SocketError {
        let code = errno
        _ = Glibc.close(descriptor)
        return SocketError(call, code)
    }

    /// The port it listens on.
    package var port: Int { Int(stream_port(descriptor)) }

    override func ready(_ events: UInt32) {
        for _ in 0..<Self.acceptsMax {
            guard isOpen else { return }
            let connection = stream_accept(descriptor)
            guard connection >= 0 else { return failed(errno) }
            accepted(connection)
        }
    }

    private func failed(_ code: CInt) {
        switch code {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM:
            // Another connection has to end first; until then the loop would be told again and again.
            loop.change(self, 0)
            loop.assumeIsolated().scheduleTask(in: Self.pause) { [weak self] in
                if let self, self.isOpen { self.loop.change(self, epoll_readable) }
            }
        default: break
        }
    }

    /// Accepts nothing more; connections stay open.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        loop.unseat(self)
        _ = Glibc.close(descriptor)
    }

    override func end() { close() }
}
