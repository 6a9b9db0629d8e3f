import ArgumentParser
import Daemon
import Glibc
import SystemFiles

/// The folder that holds everything of one standalone Martlet, and where each thing is in it.
struct DataDirectory: Sendable {
    struct Options: ParsableArguments {
        @Option(
            name: .customLong("data-dir"),
            help: "Folder of this Martlet's state (default: $MARTLET_DATA_DIR, else ~/.local/share/martlet).")
        var path: String?

        func directory() throws -> DataDirectory { try DataDirectory(path: path) }
    }

    let path: String

    init(path: String?) throws {
        if let given = path ?? Environment["MARTLET_DATA_DIR"], !given.isEmpty {
            self.path = given.hasPrefix("/") ? given : "\(Files.workingDirectory)/\(given)"
        } else if let home = Environment["HOME"], !home.isEmpty {
            self.path = "\(home)/.local/share/martlet"
        } else {
            throw StartupError("HOME is not set; say where the state goes with --data-dir")
        }
    }

    var cluster: String { "\(path)/cluster" }
    var kubeconfig: String { "\(cluster)/kubeconfig" }
    var agentToken: String { "\(cluster)/agent-token" }
    var runtime: String { "\(path)/runtime" }
    var coordinatorKeys: String { "\(path)/link/coordinator.keys" }
    var agentKeys: String { "\(path)/link/agent.keys" }
    /// Where the parts listen, one `name address` a line; written when everything answers.
    var addresses: String { "\(path)/addresses" }

    func log(of program: String) -> String { "\(path)/logs/\(program).log" }
    func processFile(of program: String) -> String { "\(path)/run/\(program).pid" }

    /// Makes the folders, for this user alone.
    func create() throws {
        for folder in [path, cluster, runtime, "\(path)/link", "\(path)/logs", "\(path)/run"] {
            try Files.makeFolder(folder)
        }
    }
}
