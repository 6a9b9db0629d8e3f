import Glibc
import SystemFiles

/// One process for all time: its id, and when the kernel started it, so that an id used again is never taken for it.
struct EngineProcess: Sendable, Hashable {
    var pid: Int32
    /// Clock ticks since boot, field 22 of `/proc/<pid>/stat`.
    var start: UInt64

    /// The process that has this id now; nil where there is none, and for one that has ended but is not reaped.
    init?(pid: Int32) {
        // The name in parentheses may itself hold spaces and parentheses.
        guard let text = try? Files.text("/proc/\(pid)/stat"), let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X", let start = UInt64(fields[19]) else { return nil }
        self.pid = pid
        self.start = start
    }

    /// The process that listens at a TCP port of this node's own network, at `host` or at every address; nil where none
    /// does, or where this agent does not see it.
    static func listening(at host: String, port: Int) -> EngineProcess? {
        guard let socket = ListeningSocket.find(host, port) else { return nil }
        let owners = Files.names(in: "/proc").compactMap { Int32($0) }.filter { pid in
            guard pid != getpid() else { return false }
            let folder = "/proc/\(pid)/fd"
            return Files.names(in: folder).contains { name in
                (try? Files.target(ofLink: "\(folder)/\(name)")) == "socket:[\(socket)]"
            }
        }
        // Children may have inherited the socket; the process that opened it is the oldest.
        return owners.compactMap { EngineProcess(pid: $0) }.min { $0.start < $1.start }
    }
}

/// The kernel's tables of TCP sockets.
enum ListeningSocket {
    private static let listening = "0A"

    /// The inode of the socket that listens at an address.
    static func find(_ host: String, _ port: Int) -> String? {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].compactMap { try? Files.text($0) }
        return find(host, port, in: tables)
    }

    static func find(_ host: String, _ port: Int, in tables: [String]) -> String? {
        let own = hexadecimal(host)
        var everywhere: String?
        for line in tables.flatMap({ $0.split(separator: "\n") }) {
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == listening, let colon = fields[1].lastIndex(of: ":"),
                Int(fields[1][fields[1].index(after: colon)...], radix: 16) == port
            else { continue }
            let address = fields[1][..<colon]
            // An IPv4 address also stands at the end of an IPv6 one.
            if let own, address.hasSuffix(own), address.dropLast(8).allSatisfy({ $0 == "0" || $0 == "F" }) {
                return String(fields[9])
            }
            if address.allSatisfy({ $0 == "0" }) { everywhere = String(fields[9]) }
        }
        return everywhere
    }

    /// An IPv4 address as the tables write it: its bytes from last to first.
    private static func hexadecimal(_ host: String) -> String? {
        let bytes = host.split(separator: ".").compactMap { UInt8($0) }
        guard bytes.count == 4 else { return nil }
        return bytes.reversed().map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    }
}
