/// Why a container cannot be started now; the pod shows it while the container waits.
package struct StartProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// One CamelCase word, as the kubelet has them.
    package var reason: String
    package var message: String

    package init(_ reason: String, _ message: String) {
        self.reason = reason
        self.message = message
    }

    package var description: String { "\(reason): \(message)" }

    static func configuration(_ message: String) -> StartProblem { StartProblem("CreateContainerConfigError", message) }
    static func volume(_ name: String, _ message: String) -> StartProblem {
        StartProblem("FailedMount", "volume \"\(name)\": \(message)")
    }
}
