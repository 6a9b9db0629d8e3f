import ContainerShim
import Glibc
import Logging

/// Finds out by trying how far this machine lets containers be kept apart.
struct IsolationCheck {
    let shim: String
    let watcher: ProcessWatcher
    let logger: Logger

    /// The configured isolation, or the strongest one that works here.
    func strongest(_ configured: Isolation?, scratch: String) async -> Isolation {
        if let configured { return configured }
        defer { try? Folder.remove(scratch) }
        var problems: [String] = []
        for isolation in [Isolation.mounts, .user] {
            guard let problem = await problem(isolation, scratch) else { return isolation }
            problems.append(problem)
        }
        logger.warning(
            "Containers see the file system of the machine: this user may make no mount namespace",
            metadata: ["err": "\(problems.joined(separator: "; "))"])
        return .none
    }

    /// Nil when containers can run so.
    private func problem(_ isolation: Isolation, _ scratch: String) async -> String? {
        do {
            let output = try Descriptor.pipe()
            let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
            let pid = try Spawn.start(
                shim, ["container-shim", "check", isolation.rawValue, scratch], environment: [:],
                descriptors: [null, null, output.write])
            close(output.write)
            close(null)
            let status = await watcher.end(ofChild: pid)
            Descriptor.setNonBlocking(output.read)
            let said = Descriptor.read(output.read, limit: 4_096) ?? []
            close(output.read)
            return status == 0 ? nil : String(decoding: said, as: UTF8.self)
        } catch {
            return "\(error)"
        }
    }
}
