import Glibc

/// Why a program could not start: one sentence with what, where and what to do.
package struct StartupError: Error, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }

    package static func addressInUse(what: String, host: String, port: Int) -> StartupError {
        StartupError(
            "\(what) \(host):\(port) is taken by another process; end that process or choose another port")
    }
}

/// The errno of a port that another process listens on.
package let addressInUse = EADDRINUSE
