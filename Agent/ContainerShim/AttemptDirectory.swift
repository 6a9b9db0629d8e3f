/// The folder of one run of one container: everything its shim reads and writes.
///
/// 1. `launch.json` is written before the shim starts and never changed.
/// 2. The shim inherits a locked `lock`; while anyone holds that lock the attempt lives, whoever watches it.
/// 3. `process.json` appears when the program runs, `exit.json` when it has ended; both by rename, each at most once.
package struct AttemptDirectory: Sendable, Hashable {
    package var path: String

    package init(_ path: String) { self.path = path }

    package var launch: String { path + "/launch.json" }
    package var lock: String { path + "/lock" }
    package var process: String { path + "/process.json" }
    package var exit: String { path + "/exit.json" }

    /// The output in the CRI log format: `<time> stdout|stderr F|P <text>`.
    package var log: String { path + "/log" }

    /// The older half of the output, once `log` reached its limit.
    package var rotatedLog: String { path + "/log.1" }

    /// Where the shim builds a root file system of mounts.
    package var root: String { path + "/root" }

    /// The working directory of a container that names none.
    package var work: String { path + "/work" }
}
