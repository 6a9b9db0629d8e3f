import Glibc

/// A system call on a socket that failed.
package struct SocketError: Error, Sendable, Hashable, CustomStringConvertible {
    package var call: String
    /// The number the system gives, such as ECONNREFUSED.
    package var code: CInt

    package init(_ call: String, _ code: CInt) {
        self.call = call
        self.code = code
    }

    /// The call and the system's word for what happened.
    package var description: String { "\(call): \(unsafe String(cString: strerror(code)))" }
}
