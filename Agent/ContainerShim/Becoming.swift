import CLinux
import Glibc

/// The second stage of a start: makes the container's file system, then becomes the program.
enum Becoming {
    /// The descriptor on which a failure is told; it closes when the program takes over.
    private static let outcomeDescriptor: Int32 = 3

    /// Returns only on failure.
    static func run(_ directory: AttemptDirectory, shim: Int32) -> Int32 {
        _ = fcntl(outcomeDescriptor, F_SETFD, FD_CLOEXEC)
        do {
            guard let plan = StateFile.json(directory.launch).flatMap({ LaunchPlan($0) }) else {
                throw ShimError("\(directory.launch) holds no launch plan")
            }
            _ = linux_die_with_parent()
            // The shim may have died before the line above.
            guard getppid() == shim else { return 1 }
            try enter(plan, directory)
            try become(plan.arguments, environment: plan.environment)
        } catch {
            _ = Descriptor.writeAll(outcomeDescriptor, Array("\(error)".utf8))
        }
        return 128
    }

    private static func enter(_ plan: LaunchPlan, _ directory: AttemptDirectory) throws {
        umask(0o022)
        if plan.isolation != .none {
            try Namespace.make(plan.isolation, hostname: plan.hostname)
            var mounts = MountBuilder(scratch: directory.root)
            try mounts.apply(plan.mounts, workingDirectory: plan.workingDirectory)
        }
        guard unsafe chdir(plan.workingDirectory) == 0 else {
            throw SystemError("entering the working directory \(plan.workingDirectory)")
        }
    }

    /// Replaces this process by a program; throws when it is not there or not executable.
    static func become(_ arguments: [String], environment: [String: String]) throws -> Never {
        let name = arguments.first ?? ""
        guard let path = ProgramSearch.path(of: name, in: environment["PATH"] ?? "") else {
            throw ShimError("no program \"\(name)\" in PATH \(environment["PATH"] ?? "(unset)")")
        }
        unsafe CStrings.with(arguments) { argv in
            unsafe CStrings.with(environment.map { "\($0)=\($1)" }) { envp in
                _ = unsafe execve(path, argv, envp)
            }
        }
        throw SystemError("running \(path)")
    }
}

/// Finds programs as a shell does.
package enum ProgramSearch {
    /// The path of a program: the name itself when it holds a slash, else the first match in a PATH.
    package static func path(of name: String, in search: String) -> String? {
        if name.isEmpty { return nil }
        if name.contains("/") { return name }
        return search.split(separator: ":").lazy.map { "\($0)/\(name)" }.first { isExecutable($0) }
    }

    package static func isExecutable(_ path: String) -> Bool {
        unsafe access(path, X_OK) == 0 && Folder.kind(path) == .file
    }
}
