import Daemon
import JSONValues
import SystemFiles

/// The Martlet that runs from a data directory, as its addresses file names it.
struct RunningMartlet {
    private var addresses: [String: String] = [:]

    init(_ directory: DataDirectory) throws {
        guard let lines = try? Files.text(directory.addresses) else {
            throw StartupError("No Martlet runs from \(directory.path); start one with: martlet up --detach")
        }
        for line in lines.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            if words.count == 2 { addresses[words[0]] = words[1] }
        }
    }

    subscript(name: String) -> String { addresses[name] ?? "" }

    /// A JSON page of one part's admin port.
    func page(_ part: String, _ path: String) async throws -> JSONValue {
        do {
            return try JSONValue.parse(try await AdminPort.read(self[part] + path))
        } catch let error as StartupError {
            throw error
        } catch {
            throw StartupError("The \(part) does not answer at \(self[part]): \(error); martlet status shows more")
        }
    }
}
