import FoundationEssentials
import Testing

/// The files of this repository as the tidy tests read them.
struct Repository {
    struct File: Sendable, CustomTestStringConvertible {
        /// From the repository's root.
        var path: String
        var text: String

        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        var testDescription: String { path }

        /// The target the file belongs to: the second part of its path.
        var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    }

    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/")

    static let folders = ["Agent", "Common", "Coordinator", "Tests"]

    /// Every Swift file, and the manifest.
    static let swiftFiles = files(ending: ".swift")

    /// Every file with this ending under the top-level folders, and at the root.
    static func files(ending: String) -> [File] {
        var paths = entries("").filter { $0.hasSuffix(ending) }
        var folders = folders + ["deploy"]
        while let folder = folders.popLast() {
            for entry in entries(folder) where !entry.hasPrefix(".") {
                let path = "\(folder)/\(entry)"
                var isFolder = false
                _ = FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isFolder)
                if isFolder { folders.append(path) } else if path.hasSuffix(ending) { paths.append(path) }
            }
        }
        return paths.sorted().map { File(path: $0, text: read($0)) }
    }

    static func read(_ path: String) -> String {
        (try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)) ?? ""
    }

    private static func entries(_ folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? root : "\(root)/\(folder)")) ?? []
    }
}
