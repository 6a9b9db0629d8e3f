import AgentLink
import CZeroMQ
import Glibc
import Testing

/// A DEALER of plain libzmq calls, to knock with.
@safe final class RawPeer: @unchecked Sendable {
    // Used by one test at a time; libzmq's context guards itself.
    private let context: UnsafeMutableRawPointer
    private let socket: UnsafeMutableRawPointer
    private let monitor: UnsafeMutableRawPointer

    init(_ endpoint: String, keys: CurveKeys? = nil, serverKey: String? = nil) throws {
        unsafe context = try #require(unsafe zmq_ctx_new())
        unsafe socket = try #require(unsafe zmq_socket(context, ZMQ_DEALER))
        unsafe monitor = try #require(unsafe zmq_socket(context, ZMQ_PAIR))
        var linger: Int32 = 0
        unsafe zmq_setsockopt(socket, ZMQ_LINGER, &linger, 4)
        if let keys, let serverKey {
            unsafe zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys.publicKey, 40)
            unsafe zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys.secretKey, 40)
            unsafe zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, serverKey, 40)
        }
        #expect(unsafe zmq_socket_monitor(socket, "inproc://peer", ZMQ_EVENT_DISCONNECTED) == 0)
        #expect(unsafe zmq_connect(monitor, "inproc://peer") == 0)
        #expect(unsafe zmq_connect(socket, endpoint) == 0)
    }

    func send(_ bytes: [UInt8]) {
        #expect(unsafe zmq_send(socket, bytes, bytes.count, 0) == bytes.count)
    }

    /// The other side has hung up at least once since this was asked last.
    var wasDisconnected: Bool {
        var bytes = [UInt8](repeating: 0, count: 256)
        return unsafe zmq_recv(monitor, &bytes, bytes.count, ZMQ_DONTWAIT) >= 0
    }

    func close() {
        unsafe zmq_close(monitor)
        unsafe zmq_close(socket)
        unsafe zmq_ctx_term(context)
    }
}
