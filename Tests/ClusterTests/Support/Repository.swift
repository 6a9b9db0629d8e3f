import SystemFiles
import TestKit

/// Where this package's files are, and the kubectl that goes with it.
enum Repository {
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        .joined(separator: "/")

    /// The set-up's kubectl, else the one on PATH.
    static let kubectl = Files.exists("\(root)/.venv/bin/kubectl") ? "\(root)/.venv/bin/kubectl" : "kubectl"

    static var hasKubectl: Bool {
        get async { (try? await Command.run(kubectl, ["version", "--client"]))?.succeeded == true }
    }

    /// A new folder for one test.
    static func temporaryFolder(_ name: String) throws -> String {
        let path = "\(Environment["TMPDIR"] ?? "/tmp")/martlet-\(name)-\(UInt32.random(in: 0 ... .max))"
        try Files.makeFolder(path)
        return path
    }
}

extension Repository {
    static func text(_ path: String) throws -> String { try Files.text(path) }

    /// What a folder holds, by name.
    static func names(in folder: String, ending: String) -> [String] {
        Files.names(in: folder).filter { $0.hasSuffix(ending) && !$0.hasPrefix(".") }.sorted()
    }
}
