import Glibc
import Sockets

extension Gateway {
    /// A listening socket could not be had.
    package struct ListenError: Error, CustomStringConvertible, Sendable {
        /// One sentence that says what to do.
        package var description: String

        init(_ error: SocketError, host: String, port: Int) {
            let place = "\(host):\(port)"
            description =
                switch error.code {
                case EADDRINUSE:
                    "Cannot listen on \(place): the port is in use. Stop its owner or choose another port."
                case EACCES: "Cannot listen on \(place): not allowed. Choose a port above 1023."
                case EADDRNOTAVAIL:
                    "Cannot listen on \(place): no interface of this machine has that address. Choose another host."
                default: "Cannot listen on \(place): \(error)."
                }
        }
    }
}
