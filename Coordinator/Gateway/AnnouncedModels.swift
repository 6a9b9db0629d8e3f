import AgentProtocol
import Logging
import ModelFiles

/// The models whose files agents announced, fetched once for each digest, kept for as long as a target's engines
/// announce it.
struct AnnouncedModels {
    /// Files that could not be used are not fetched again for this time.
    private static let failureKept = Duration.seconds(60)

    private enum Entry {
        case model(LocalModel)
        case failed(at: Duration)
    }

    private let fetch: @Sendable (ModelFilesID) -> [UInt8]?
    private let loops: Int
    private let threads: Int
    private let logger: Logger
    private var entries: [String: Entry] = [:]

    init(
        loops: Int, threads: Int, logger: Logger, fetch: @escaping @Sendable (ModelFilesID) -> [UInt8]?
    ) {
        self.fetch = fetch
        self.loops = loops
        self.threads = threads
        self.logger = logger
    }

    /// The model of a digest; nil while it is not here or where it cannot be used, which is told.
    mutating func model(_ id: ModelFilesID, now: Duration) async -> LocalModel? {
        switch entries[id.digest] {
        case .model(let model): return model
        case .failed(let at) where now - at < Self.failureKept: return nil
        case .failed, nil: break
        }
        guard let bundle = fetch(id) else { return nil }
        let origin: Logger.Metadata = ["digest": .string(id.digest), "bytes": "\(id.byteCount)"]
        let model = await LocalModel.load(loops: loops, threads: threads, logger, origin) {
            guard let files = ModelFiles(bundle: bundle), files.digest == id.digest else {
                throw LocalModel.Unusable(description: "what the agent sent is not what it announced")
            }
            return files
        }
        entries[id.digest] = model.map { .model($0) } ?? .failed(at: now)
        return model
    }

    /// Forgets models that no engine loads.
    mutating func keep(only digests: Set<String>) { entries = entries.filter { digests.contains($0.key) } }
}
