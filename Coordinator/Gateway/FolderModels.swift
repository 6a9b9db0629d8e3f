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
        let (loops, threads) = (loops, threads)
        let result = try? await NIOThreadPool.singleton.runIfActive { () -> Result<LocalModel, LocalModel.Unusable> in
            Self.read(place, loops: loops, threads: threads)
        }
        entries[name] = Entry(stamp: stamp, model: result.flatMap { try? $0.get() })
        tell(name, place, result)
        return entries[name]?.model
    }

    private static func read(
        _ place: ModelFolder, loops: Int, threads: Int
    ) -> Result<LocalModel, LocalModel.Unusable> {
        do {
            return .success(try LocalModel(place.read(), loops: loops, threads: threads))
        } catch let error as LocalModel.Unusable {
            return .failure(error)
        } catch {
            return .failure(LocalModel.Unusable(description: "\(error)"))
        }
    }

    private func tell(_ name: String, _ place: ModelFolder, _ result: Result<LocalModel, LocalModel.Unusable>?) {
        let origin: Logger.Metadata = ["model": .string(name), "path": .string(place.path)]
        switch result {
        case .success(let model): LocalModel.tell(logger, model, origin)
        case .failure(let problem): LocalModel.tell(logger, problem, origin)
        case nil: break
        }
    }

    /// Forgets models that nobody wants.
    mutating func keep(only names: Set<String>) { entries = entries.filter { names.contains($0.key) } }
}
