import Glibc

/// A file descriptor that a loop watches; the sockets of this module are all there are.
package class Descriptor {
    let descriptor: CInt
    unowned let loop: PollLoop
    /// Its seat in the loop and the number of its owner there.
    var token: UInt64 = 0

    init(_ descriptor: CInt, _ loop: PollLoop) {
        self.descriptor = descriptor
        self.loop = loop
    }

    /// Some of the events that it asked for came.
    func ready(_ events: UInt32) {}

    /// The loop ends.
    func end() {}
}
