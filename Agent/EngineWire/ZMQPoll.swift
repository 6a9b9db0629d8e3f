import CZeroMQ
import Glibc

/// Wakes a thread that waits in `ZMQPoll`, or polls by itself, from any other thread.
package final class WakeUp: Sendable {
    /// Readable once somebody has woken the thread.
    package let readEnd: Int32
    private let writeEnd: Int32

    /// Opens the pipe.
    package init() throws(ZMQError) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw ZMQError("pipe") }
        readEnd = ends[0]
        writeEnd = ends[1]
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// A full pipe means a wake-up is already on its way.
    package func wake() {
        var byte: UInt8 = 1
        _ = unsafe write(writeEnd, &byte, 1)
    }

    /// Forgets the calls so far.
    package func drain() {
        var buffer = [UInt8](repeating: 0, count: 64)
        while unsafe read(readEnd, &buffer, buffer.count) > 0 {}
    }
}

/// Waits until one of some sockets has a message or somebody wakes it.
enum ZMQPoll {
    /// Positions of the sockets that can be read. Waits at most `milliseconds`; -1 for as long as it takes.
    static func wait(_ sockets: [ZMQSocket], wakeUp: WakeUp, milliseconds: Int) -> [Int] {
        var items = unsafe [zmq_pollitem_t(socket: nil, fd: wakeUp.readEnd, events: Int16(ZMQ_POLLIN), revents: 0)]
        for socket in sockets {
            unsafe items.append(
                zmq_pollitem_t(socket: socket.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
        }
        guard unsafe zmq_poll(&items, Int32(items.count), milliseconds) > 0 else { return [] }
        if unsafe items[0].revents != 0 { wakeUp.drain() }
        var ready: [Int] = []
        for position in sockets.indices {
            if unsafe items[position + 1].revents != 0 { ready.append(position) }
        }
        return ready
    }
}
