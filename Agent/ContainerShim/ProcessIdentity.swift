package import JSONValues

/// One process for all time: its id, when the kernel started it, and in which boot, so that a reused id is never taken
/// for it.
package struct ProcessIdentity: Sendable, Hashable {
    package var pid: Int32
    /// Clock ticks since boot, field 22 of `/proc/<pid>/stat`.
    package var start: Int64
    package var boot: String

    package init(pid: Int32, start: Int64, boot: String) {
        self.pid = pid
        self.start = start
        self.boot = boot
    }

    /// The process that has this id now; nil where there is none, and for one that has ended but is not reaped.
    package init?(pid: Int32) {
        guard let stat = StateFile.text("/proc/\(pid)/stat"), let fields = ProcessStat(stat), !fields.isZombie else {
            return nil
        }
        self.init(pid: pid, start: fields.start, boot: ProcessIdentity.currentBoot)
    }

    package init?(_ json: JSONValue) {
        guard let pid = json["pid"]?.integer.flatMap({ Int32(exactly: $0) }), let start = json["start"]?.integer else {
            return nil
        }
        self.init(pid: pid, start: Int64(start), boot: json["boot"]?.string ?? "")
    }

    package var json: JSONValue { ["pid": JSONValue(Int(pid)), "start": .integer(start), "boot": .string(boot)] }

    /// Whether this very process still runs.
    package var isAlive: Bool { ProcessIdentity(pid: pid) == self }

    private static let currentBoot: String =
        StateFile.text("/proc/sys/kernel/random/boot_id").map { String($0.filter { !$0.isWhitespace }) } ?? ""
}

/// The fields of `/proc/<pid>/stat` that identify a process and its family.
package struct ProcessStat: Sendable, Hashable {
    package var isZombie: Bool
    package var parent: Int32
    package var group: Int32
    package var session: Int32
    package var start: Int64

    /// Reads the line; the name in parentheses may itself hold spaces and parentheses.
    package init?(_ text: String) {
        guard let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19, let parent = Int32(fields[1]), let group = Int32(fields[2]),
            let session = Int32(fields[3]), let start = Int64(fields[19])
        else { return nil }
        isZombie = fields[0] == "Z" || fields[0] == "X"
        self.parent = parent
        self.group = group
        self.session = session
        self.start = start
    }
}
