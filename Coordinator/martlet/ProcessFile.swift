import Glibc
import SystemFiles

/// A file that says which process runs a program: its pid and its start time, so that a reused pid is not mistaken for
/// it.
struct ProcessFile: Sendable {
    var path: String

    func write(_ pid: pid_t) throws {
        try Files.write("\(pid) \(Self.startTime(of: pid) ?? "?")\n", to: path)
    }

    /// The process, while it lives.
    var pid: pid_t? {
        guard let words = try? Files.text(path).split(whereSeparator: \.isWhitespace), words.count == 2,
            let pid = pid_t(words[0]), Self.startTime(of: pid) == String(words[1])
        else { return nil }
        return pid
    }

    /// Ends the process with SIGTERM, with SIGKILL after `seconds`; true when it is gone.
    @discardableResult func end(within seconds: Int) -> Bool {
        guard let first = pid else { return true }
        kill(first, SIGTERM)
        for _ in 0..<seconds * 20 {
            if pid != first { return true }
            usleep(50_000)
        }
        kill(first, SIGKILL)
        for _ in 0..<40 {
            if pid != first { return true }
            usleep(50_000)
        }
        return false
    }

    /// Clock ticks from boot to the start of a process: field 22 of its stat line; a zombie counts as gone.
    static func startTime(of pid: pid_t) -> String? {
        guard let line = try? Files.text("/proc/\(pid)/stat"), let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[line.index(after: end)...].split(separator: " ")
        return fields.count > 19 && fields[0] != "Z" ? String(fields[19]) : nil
    }
}
