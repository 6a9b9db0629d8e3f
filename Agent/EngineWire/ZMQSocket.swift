import CZeroMQ
import Glibc

/// A libzmq call that failed: which, on what, and why.
package struct ZMQError: Error, Hashable, CustomStringConvertible {
    package var call: String
    package var endpoint: String
    package var code: Int32

    init(_ call: String, _ endpoint: String = "") {
        self.call = call
        self.endpoint = endpoint
        code = zmq_errno()
    }

    package var description: String {
        "\(call) failed\(endpoint.isEmpty ? "" : " for \(endpoint)"): \(unsafe String(cString: zmq_strerror(code)))"
    }
}

/// One libzmq context: its I/O thread and all sockets made from it.
///
/// It ends when the last socket made from it and the last reference are gone.
@safe final class ZMQContext: Sendable {
    // Safe to share: libzmq contexts may be used from any thread, and the pointer never changes.
    nonisolated(unsafe) let pointer: UnsafeMutableRawPointer

    init() throws(ZMQError) {
        guard let pointer = unsafe zmq_ctx_new() else { throw ZMQError("zmq_ctx_new") }
        unsafe self.pointer = unsafe pointer
    }

    deinit { _ = unsafe zmq_ctx_term(pointer) }
}

/// One libzmq socket; it belongs to one thread at a time, so the class is not Sendable.
@safe final class ZMQSocket {
    /// A larger message closes its connection.
    static let messageBytesMax: Int64 = 64 * 1024 * 1024
    /// Parts of one message beyond this are dropped.
    static let partsMax = 8

    private let context: ZMQContext
    let pointer: UnsafeMutableRawPointer

    init(_ type: Int32, in context: ZMQContext) throws(ZMQError) {
        guard let pointer = unsafe zmq_socket(context.pointer, type) else { throw ZMQError("zmq_socket") }
        self.context = context
        unsafe self.pointer = unsafe pointer
        set(ZMQ_LINGER, Int32(0))
        set(ZMQ_MAXMSGSIZE, Self.messageBytesMax)
    }

    deinit { _ = unsafe zmq_close(pointer) }

    func set<Value: BitwiseCopyable>(_ option: Int32, _ value: Value) {
        var value = value
        _ = unsafe withUnsafeBytes(of: &value) { unsafe zmq_setsockopt(pointer, option, $0.baseAddress, $0.count) }
    }

    func subscribe(_ prefix: String) {
        let bytes = Array(prefix.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe zmq_setsockopt(pointer, ZMQ_SUBSCRIBE, $0.baseAddress, $0.count) }
    }

    private func prepare(for endpoint: String) {
        if endpoint.contains("[") { set(ZMQ_IPV6, Int32(1)) }
    }

    func bind(_ endpoint: String) throws(ZMQError) {
        prepare(for: endpoint)
        guard unsafe zmq_bind(pointer, endpoint) == 0 else { throw ZMQError("zmq_bind", endpoint) }
    }

    func connect(_ endpoint: String) throws(ZMQError) {
        prepare(for: endpoint)
        guard unsafe zmq_connect(pointer, endpoint) == 0 else { throw ZMQError("zmq_connect", endpoint) }
    }

    /// The endpoint last bound or connected, with the port that was really taken.
    var lastEndpoint: String {
        var text = [CChar](repeating: 0, count: 256)
        var count = text.count
        _ = unsafe text.withUnsafeMutableBytes { buffer in
            unsafe zmq_getsockopt(pointer, ZMQ_LAST_ENDPOINT, buffer.baseAddress, &count)
        }
        return String(decoding: text.prefix(max(0, count - 1)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Sends one message; false when it cannot leave now (it is dropped).
    @discardableResult
    func send(_ parts: [[UInt8]]) -> Bool {
        for (index, part) in parts.enumerated() {
            let flags = ZMQ_DONTWAIT | (index < parts.count - 1 ? ZMQ_SNDMORE : 0)
            let sent = unsafe part.withUnsafeBytes { unsafe zmq_send(pointer, $0.baseAddress, $0.count, flags) }
            guard sent >= 0 else { return false }
        }
        return true
    }

    /// The next message that has arrived, or nil.
    func receive() -> [[UInt8]]? {
        var parts: [[UInt8]] = []
        while true {
            var message = zmq_msg_t()
            unsafe zmq_msg_init(&message)
            defer { _ = unsafe zmq_msg_close(&message) }
            guard unsafe zmq_msg_recv(&message, pointer, ZMQ_DONTWAIT) >= 0 else { return nil }
            if parts.count < Self.partsMax {
                let count = unsafe zmq_msg_size(&message)
                let content = unsafe UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: count)
                parts.append(unsafe Array(content))
            }
            if unsafe zmq_msg_more(&message) == 0 { return parts }
        }
    }
}
