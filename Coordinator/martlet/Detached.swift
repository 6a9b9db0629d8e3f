import Daemon
import Glibc
import SystemFiles

/// Starts `martlet up` again in the background and returns when everything is up.
struct Detached {
    /// Seconds a first start may take.
    static let secondsMax = 90

    var directory: DataDirectory

    func start(arguments: [String]) async throws {
        Files.remove(directory.addresses)
        let log = directory.log(of: "martlet")
        Files.remove(log)
        let program = try Files.target(ofLink: "/proc/self/exe")
        let pid = try Spawn.start(program, arguments.filter { $0 != "--detach" }, log: log)
        for _ in 0..<Self.secondsMax * 20 {
            var status: Int32 = 0
            if unsafe waitpid(pid, &status, WNOHANG) == pid {
                let last = (try? Files.text(log))?.split(separator: "\n").last.map(String.init)
                throw StartupError("Martlet ended while starting: \(last ?? "no log"); see \(log)")
            }
            if let lines = try? Files.text(directory.addresses) {
                StandardOutput.write("Martlet is up (pid \(pid)).\n" + Self.table(lines))
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        kill(pid, SIGTERM)
        throw StartupError("Martlet was not up after \(Self.secondsMax) s and was stopped; see \(log)")
    }

    private static func table(_ lines: String) -> String {
        lines.split(separator: "\n").map { line in
            let words = line.split(separator: " ", maxSplits: 1)
            let name = words[0] + String(repeating: " ", count: max(0, 12 - words[0].count))
            return "  \(name) \(words.count > 1 ? words[1] : "")"
        }.joined(separator: "\n")
    }
}
