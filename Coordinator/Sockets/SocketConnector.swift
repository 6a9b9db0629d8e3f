import CEpoll
import Glibc
package import NIOCore

/// A connection that is being made.
///
/// 1. `completion` runs once, never inside `connect`'s own call.
package final class SocketConnector: Descriptor {
    private var completion: ((Result<StreamSocket, SocketError>) -> Void)?
    private var timeout: Scheduled<Void>?

    /// Connects to an IP address; nil where `host` is none. It fails with ETIMEDOUT after `timeout`.
    @discardableResult
    package static func connect(
        to host: String, port: Int, on loop: PollLoop, timeout: TimeAmount,
        completion: @escaping (Result<StreamSocket, SocketError>) -> Void
    ) -> SocketConnector? {
        guard var address = StreamAddress(host, port: port) else { return nil }
        let descriptor = address.socket()
        let connector = SocketConnector(descriptor, loop)
        connector.completion = completion
        guard descriptor >= 0 else {
            connector.later(.failure(SocketError("socket", errno)))
            return connector
        }
        guard address.connect(descriptor) else {
            let error = SocketError("connect", errno)
            _ = Glibc.close(descriptor)
            connector.later(.failure(error))
            return connector
        }
        loop.seat(connector, epoll_writable)
        connector.timeout = loop.assumeIsolated().scheduleTask(in: timeout) { [weak connector] in
            connector?.fail(SocketError("connect", ETIMEDOUT))
        }
        return connector
    }

    private func later(_ result: Result<StreamSocket, SocketError>) {
        loop.assumeIsolated().execute { self.complete(result) }
    }

    private func complete(_ result: Result<StreamSocket, SocketError>) {
        let completion = self.completion
        self.completion = nil
        timeout?.cancel()
        timeout = nil
        completion?(result)
    }

    override func ready(_ events: UInt32) {
        let code = stream_error(descriptor)
        guard code == 0 else { return fail(SocketError("connect", code)) }
        loop.unseat(self)
        complete(.success(StreamSocket(adopting: descriptor, on: loop)))
    }

    private func fail(_ error: SocketError) {
        guard completion != nil else { return }
        loop.unseat(self)
        _ = Glibc.close(descriptor)
        complete(.failure(error))
    }

    override func end() { fail(SocketError("connect", ECANCELED)) }
}
