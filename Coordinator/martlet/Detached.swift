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
        try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask {
                let status = try await Child.run(
                    program, arguments.filter { $0 != "--detach" }, log: log, stopWithin: .seconds(30)
                ) { _ in }
                throw StartupError(Child.lastLine(log) ?? "Martlet ended while starting (\(status)); see \(log)")
            }
            group.addTask { try await waitUntilUp(log) }
            let lines = try await group.next() ?? ""
            StandardOutput.write("Martlet is up.\n" + Self.table(lines))
            // The child stays; leaving the group would end it.
            exit(0)
        }
    }

    private func waitUntilUp(_ log: String) async throws -> String {
        for _ in 0..<Self.secondsMax * 20 {
            if let lines = try? Files.text(directory.addresses) { return lines }
            try await Task.sleep(for: .milliseconds(50))
        }
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
