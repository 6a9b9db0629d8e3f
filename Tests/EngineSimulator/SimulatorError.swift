import Glibc
import NIOCore

/// Why the simulator cannot do what it was told: one sentence for the person at the command line.
package struct SimulatorError: Error, Hashable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}

extension SimulatorError {
    /// A server that cannot listen: who, where, why and what to do.
    static func cannotListen(_ who: String, _ host: String, _ port: Int, _ error: IOError, _ remedy: String) -> Self {
        let reason = unsafe String(cString: strerror(error.errnoCode))
        return SimulatorError("\(who) cannot listen on \(host):\(port): \(reason); \(remedy)")
    }
}
