import Glibc
import SystemFiles

/// What another process uses, as /proc tells it.
package enum ProcessUsage {
    /// Bytes of memory that are in use.
    package static func residentBytes(_ process: Int32) throws -> Int {
        let pages = try Files.text("/proc/\(process)/statm").split(separator: " ")
        return (pages.count > 1 ? Int(pages[1]) ?? 0 : 0) * Int(getpagesize())
    }

    /// Seconds of a core's time used so far.
    package static func coreSeconds(_ process: Int32) throws -> Double {
        // The second field is a name in parentheses, which may hold blanks.
        let fields = try Files.text("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
