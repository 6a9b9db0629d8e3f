import Daemon
import SystemFiles

/// What lies beside this program: the other programs and the CustomResourceDefinitions.
enum InstalledFiles {
    /// The folder of this program's own file.
    static var programs: String {
        let path = (try? Files.target(ofLink: "/proc/self/exe")) ?? CommandLine.arguments.first ?? "martlet"
        return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    }

    static func program(_ name: String) throws -> String {
        let path = "\(programs)/\(name)"
        guard Files.exists(path) else {
            throw StartupError("\(path) is missing; `make build` puts all four programs into one folder")
        }
        return path
    }

    /// `share/martlet/crds` beside the programs' folder, or `deploy/crds` of the checkout they were built in.
    static func crds() throws -> String {
        let candidates =
            ["\(programs)/../share/martlet/crds"]
            + (1...5).map { depth in
                "\(programs)/\(String(repeating: "../", count: depth))deploy/crds"
            }
        guard let found = candidates.first(where: Files.isFolder) else {
            throw StartupError("The folder of CustomResourceDefinitions was not found; say where it is with --crds")
        }
        return found
    }
}
