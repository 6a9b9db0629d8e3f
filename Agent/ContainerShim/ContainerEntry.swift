import Glibc

/// Runs a command inside a running container: probes and lifecycle hooks.
enum ContainerEntry {
    /// The status of a command that could not be run, as shells have it.
    private static let notRun: Int32 = 126

    /// Returns only on failure, told on the standard error.
    static func run(_ directory: AttemptDirectory, command: [String]) -> Int32 {
        do {
            guard let plan = StateFile.json(directory.launch).flatMap({ LaunchPlan($0) }),
                let record = StateFile.json(directory.process).flatMap({ ProcessRecord($0) })
            else { throw ShimError("the container does not run") }
            if plan.isolation != .none { try Namespace.join(record.program.pid, plan.isolation) }
            guard unsafe chdir(plan.workingDirectory) == 0 else {
                throw SystemError("entering the working directory \(plan.workingDirectory)")
            }
            try Becoming.become(command, environment: plan.environment)
        } catch {
            _ = Descriptor.writeAll(2, Array("\(error)\n".utf8))
        }
        return notRun
    }
}
