import Logging
import ModelFiles
import NIOPosix

/// The models of a folder, each in a folder of its served name, read when they are first wanted and again when their
/// files change.
struct FolderModels {
    private struct Entry {
        var stamp: ModelFolder.Stamp
        /// Nil where the files cannot be used.
        var model: LocalModel?
    }

    private let folder: String
    private let loops: Int
    private let threads: Int
    private let logger: Logger
    private var entries: [String: Entry] = [:]

    init(_ folder: String, loops: Int, threads: Int, logger: Logger) {
        self.folder = folder
        self.loops = loops
        self.threads = threads
        self.logger = logger
    }

    /// The model of a name as its files are now; nil where there are none that can be used, which is told once.
    mutating func model(_ name: String) async -> LocalModel? {
        guard let place = ModelFolder(of: name, in: folder) else { return nil }
        guard let stamp = try? await NIOThreadPool.singleton.runIfActive({ place.stamp }) else {
            entries[name] = nil
            return nil
        }
        if let entry = entries[name], entry.stamp == stamp { return entry.model }
        let origin: Logger.Metadata = ["model": .string(name), "path": .string(place.path)]
        let model = await LocalModel.load(loops: loops, threads: threads, logger, origin) { try place.read() }
        entries[name] = Entry(stamp: stamp, model: model)
        return model
    }

    /// Forgets models that nobody wants.
    mutating func keep(only names: Set<String>) { entries = entries.filter { names.contains($0.key) } }
}
