import CZeroMQ

/// Waits until a socket or file has something to read, or room to write where that is asked for.
@safe struct ZeroMQPoll {
    private var items: [zmq_pollitem_t] = unsafe []

    mutating func add(_ socket: ZeroMQSocket, orWritable: Bool = false) {
        let events = Int16(orWritable ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN)
        unsafe items.append(zmq_pollitem_t(socket: socket.raw, fd: -1, events: events, revents: 0))
    }

    mutating func add(file: Int32) {
        unsafe items.append(zmq_pollitem_t(socket: nil, fd: file, events: Int16(ZMQ_POLLIN), revents: 0))
    }

    mutating func wait(_ timeout: Duration) {
        let (seconds, attoseconds) = timeout.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        unsafe _ = zmq_poll(&items, Int32(items.count), Int(max(0, min(milliseconds + 1, 60_000))))
    }
}
