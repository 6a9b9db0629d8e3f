import Glibc

/// The command line of `container-shim`; the process runtime is its only user.
package enum ShimProgram {
    private static let usage = """
        usage: container-shim run DIRECTORY | become DIRECTORY PID | enter DIRECTORY COMMAND…
               container-shim check mounts|user DIRECTORY

        The process runtime of martlet-agent starts one of these beside every container; there is no other use for it.

        """

    /// Does what the arguments (without the program's name) say; gives the exit status.
    package static func main(_ arguments: [String]) -> Int32 {
        let directory = AttemptDirectory(arguments.count > 1 ? arguments[1] : "")
        switch arguments.first {
        case "run" where arguments.count == 2:
            return Shim.run(directory)
        case "become" where arguments.count == 3:
            return Becoming.run(directory, shim: Int32(arguments[2]) ?? 0)
        case "enter" where arguments.count > 2:
            return ContainerEntry.run(directory, command: Array(arguments[2...]))
        case "check" where arguments.count == 3:
            return check(Isolation(rawValue: arguments[1]) ?? .none, scratch: arguments[2])
        default:
            _ = Descriptor.writeAll(2, Array(usage.utf8))
            return 2
        }
    }

    /// Tries everything a container of this isolation needs; the reason why not goes to the standard error.
    private static func check(_ isolation: Isolation, scratch: String) -> Int32 {
        do {
            try Namespace.make(isolation, hostname: "check")
            var mounts = MountBuilder(scratch: scratch)
            try mounts.mirror("/")
            return 0
        } catch {
            _ = Descriptor.writeAll(2, Array("\(error)".utf8))
            return 1
        }
    }
}
