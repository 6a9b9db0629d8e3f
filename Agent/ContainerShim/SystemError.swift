import Glibc

/// A system call that failed: what was tried, and the reason the kernel gave.
package struct SystemError: Error, Hashable, CustomStringConvertible {
    package var description: String
    package var number: Int32

    /// Takes the reason of the call that has just failed on this thread.
    package init(_ doing: String) { self.init(doing, number: errno) }

    package init(_ doing: String, number: Int32) {
        self.number = number
        let reason = unsafe String(cString: strerror(number))
        description = "\(doing) failed: \(reason)"
    }
}
