import JSONValues
import SystemFiles

/// Stands in for Kthena's downloader: leaves a note of what would have been fetched, and succeeds.
package enum Downloader {
    static let noteName = "simulated-model.json"

    /// Writes the note into `--output-dir`; answers one sentence about what happened.
    package static func run(_ arguments: [String]) throws(SimulatorError) -> String {
        var source = ""
        var directory = ""
        var reader = ArgumentReader(arguments)
        while let item = reader.next() {
            guard case .flag(let name, let attached) = item else { continue }
            let value = attached ?? reader.value() ?? ""
            switch name {
            case "source", "s": source = value
            case "output-dir", "o": directory = value
            default: continue
            }
        }
        guard !source.isEmpty, !directory.isEmpty else {
            throw SimulatorError("the downloader needs --source and --output-dir")
        }
        let note: JSONValue = ["source": .string(source)]
        let path = directory + (directory.hasSuffix("/") ? "" : "/") + noteName
        do {
            try Files.makeFolder(directory)
            try Files.write(note.bytes(.pretty), to: path, mode: 0o644)
        } catch {
            return "Nothing is fetched in a simulation, and no note left: \(error)"
        }
        return "Nothing is fetched in a simulation; noted \(source) in \(path)"
    }
}
