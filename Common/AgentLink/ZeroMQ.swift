import CZeroMQ
import Glibc
import Synchronization

/// A libzmq context: the I/O thread and the sockets of one end of a link. Safe to share, as libzmq says.
@safe final class ZeroMQContext: @unchecked Sendable {
    private let raw: UnsafeMutableRawPointer
    private let isTerminated = Atomic(false)

    init() throws(LinkError) {
        guard let context = unsafe zmq_ctx_new() else {
            throw .library(call: "zmq_ctx_new", reason: ZeroMQ.lastReason())
        }
        unsafe raw = context
    }

    func socket(_ type: Int32) throws(LinkError) -> ZeroMQSocket {
        guard let socket = unsafe zmq_socket(raw, type) else {
            throw .library(call: "zmq_socket", reason: ZeroMQ.lastReason())
        }
        return unsafe ZeroMQSocket(socket)
    }

    /// Waits until every socket, closed before, has let go of its port and its last message.
    func terminate() {
        if isTerminated.exchange(true, ordering: .acquiringAndReleasing) { return }
        unsafe _ = zmq_ctx_term(raw)
    }

    deinit { terminate() }
}

/// A libzmq socket. It belongs to one thread at a time: made where the link is made, then handed to the link's thread,
/// which alone uses and closes it.
@safe struct ZeroMQSocket: @unchecked Sendable {
    let raw: UnsafeMutableRawPointer

    init(_ raw: UnsafeMutableRawPointer) { unsafe self.raw = raw }

    func set(_ option: Int32, _ value: Int32) throws(LinkError) {
        var value = value
        let result = unsafe zmq_setsockopt(raw, option, &value, MemoryLayout<Int32>.size)
        guard result == 0 else { throw .library(call: "socket option \(option)", reason: ZeroMQ.lastReason()) }
    }

    func set(_ option: Int32, _ value: Int64) throws(LinkError) {
        var value = value
        let result = unsafe zmq_setsockopt(raw, option, &value, MemoryLayout<Int64>.size)
        guard result == 0 else { throw .library(call: "socket option \(option)", reason: ZeroMQ.lastReason()) }
    }

    func set(_ option: Int32, _ value: String) throws(LinkError) {
        let result = unsafe zmq_setsockopt(raw, option, value, value.utf8.count)
        guard result == 0 else { throw .library(call: "socket option \(option)", reason: ZeroMQ.lastReason()) }
    }

    func bind(_ endpoint: String) -> Bool { unsafe zmq_bind(raw, endpoint) == 0 }

    func connect(_ endpoint: String) -> Bool { unsafe zmq_connect(raw, endpoint) == 0 }

    /// The endpoint as bound, with the port the system chose.
    func lastEndpoint() -> String {
        var bytes = [CChar](repeating: 0, count: 256)
        var count = bytes.count
        guard unsafe zmq_getsockopt(raw, ZMQ_LAST_ENDPOINT, &bytes, &count) == 0 else { return "" }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A PAIR socket that tells of connections and handshakes of this one.
    func monitor(_ context: ZeroMQContext, name: String) throws(LinkError) -> ZeroMQSocket {
        let endpoint = "inproc://\(name)"
        guard unsafe zmq_socket_monitor(raw, endpoint, ZMQ_EVENT_ALL) == 0 else {
            throw .library(call: "zmq_socket_monitor", reason: ZeroMQ.lastReason())
        }
        let socket = try context.socket(ZMQ_PAIR)
        guard socket.connect(endpoint) else {
            throw .library(call: "a monitor's connection", reason: ZeroMQ.lastReason())
        }
        return socket
    }

    func close() { unsafe _ = zmq_close(raw) }
}

/// What went wrong last on this thread.
enum ZeroMQ {
    static func lastReason() -> String { unsafe String(cString: zmq_strerror(zmq_errno())) }

    static var wouldBlock: Bool { zmq_errno() == EAGAIN }
}
