import CZeroMQ

/// A message with all its frames, and who sent it as the handshake found out.
struct ReceivedMessage {
    var frames: [[UInt8]]
    /// The user id that the authentication gave, for CURVE the public key; empty on other sockets.
    var userID: String
}

/// What became of a message to send.
enum SendResult {
    case sent
    /// The queue is full or nobody is connected.
    case wouldBlock
    /// The receiver is unknown or gone.
    case unreachable
}

extension ZeroMQSocket {
    /// Frames a message may have; the rest of a longer one is read and dropped.
    static let framesMax = 8

    /// The next message, or nil when none waits.
    func receive() -> ReceivedMessage? {
        var message = ReceivedMessage(frames: [], userID: "")
        while true {
            var frame = zmq_msg_t()
            unsafe _ = zmq_msg_init(&frame)
            defer { unsafe _ = zmq_msg_close(&frame) }
            guard unsafe zmq_msg_recv(&frame, raw, ZMQ_DONTWAIT) >= 0 else {
                // Frames of a message arrive together, so an error in its middle means the socket is closing.
                return nil
            }
            if message.frames.count <= Self.framesMax {
                let count = unsafe zmq_msg_size(&frame)
                let bytes = unsafe zmq_msg_data(&frame).map { data in
                    unsafe Array(UnsafeRawBufferPointer(start: data, count: count))
                }
                message.frames.append(bytes ?? [])
            }
            if message.userID.isEmpty, let name = unsafe zmq_msg_gets(&frame, "User-Id") {
                message.userID = unsafe String(cString: name)
            }
            if unsafe zmq_msg_more(&frame) == 0 { return message }
        }
    }

    /// Sends all frames as one message, or nothing.
    func send(_ frames: [[UInt8]]) -> SendResult {
        for (index, frame) in frames.enumerated() {
            let more = index + 1 < frames.count ? ZMQ_SNDMORE : 0
            guard unsafe zmq_send(raw, frame, frame.count, more | ZMQ_DONTWAIT) >= 0 else {
                return ZeroMQ.wouldBlock ? .wouldBlock : .unreachable
            }
        }
        return .sent
    }
}

/// What a monitor socket told.
struct MonitorEvent {
    var kind: Int32
    /// An error number or a protocol's error code, by kind.
    var value: UInt32

    /// Nil when the frames are not those of a monitor.
    init?(_ message: ReceivedMessage) {
        guard let head = message.frames.first, head.count >= 6 else { return nil }
        kind = Int32(head[0]) | Int32(head[1]) << 8
        value = UInt32(head[2]) | UInt32(head[3]) << 8 | UInt32(head[4]) << 16 | UInt32(head[5]) << 24
    }

    /// Why a handshake failed, nil for other events.
    var handshakeFailure: String? {
        switch kind {
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: "key_not_allowed"
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: "protocol"
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: "no_detail"
        default: nil
        }
    }
}
