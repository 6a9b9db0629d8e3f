import ArgumentParser
import Daemon
import SystemFiles

/// `martlet down`: stops pods, agent, coordinator and API server; state stays.
struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Stop the Martlet of this machine, its pods too; the next `up` continues from here.")

    /// Seconds everything gets to stop before what is left is killed.
    static let stopSecondsMax = 60

    @OptionGroup var place: DataDirectory.Options

    func run() async throws {
        let directory = try place.directory()
        let main = ProcessFile(path: directory.processFile(of: "martlet"))
        let wasUp = main.pid != nil
        var isDown = main.end(within: Self.stopSecondsMax)
        // Left over only when `martlet up` was killed.
        for name in ["agent", "coordinator"] {
            isDown = ProcessFile(path: directory.processFile(of: name)).end(within: Self.stopSecondsMax) && isDown
        }
        Files.remove(directory.addresses)
        guard isDown else { throw StartupError("A process of Martlet could not be ended; see \(directory.path)/run") }
        StandardOutput.write(wasUp ? "Martlet is down." : "Martlet was not running (data directory \(directory.path)).")
    }
}
