package import AgentProtocol
package import Logging
import ModelFiles
import NIOPosix
import Synchronization
import SystemFiles

/// The tokenizer files of this node's engines: found, told by digest, and read piece by piece for coordinators.
///
/// 1. Nothing of the files stays in memory.
/// 2. A piece is of the files that the digest was made of, or there is none.
package final class ModelCatalogue: Sendable {
    private struct Entry {
        var folder: ModelFolder
        var stamp: ModelFolder.Stamp
        /// Nil for files that cannot be used, which was told.
        var id: ModelFilesID?
    }

    private let hostRoot: String?
    private let home: String
    private let logger: Logger
    private let entries = Mutex<[ModelLocation: Entry]>([:])

    /// `hostRoot` is where the node's file system is mounted, empty for here; nil where engines' volumes are not
    /// reached. `home` is the home folder of engines that are told none.
    package init(hostRoot: String?, home: String, logger: Logger) {
        self.hostRoot = hostRoot
        self.home = home
        self.logger = logger
    }

    /// The files as they are now; nil where there are none. Reads them when they changed, on a thread for such work.
    func id(of location: ModelLocation) async -> ModelFilesID? {
        (try? await NIOThreadPool.singleton.runIfActive { self.look(at: location) }) ?? nil
    }

    private func look(at location: ModelLocation) -> ModelFilesID? {
        guard let folder = folder(of: location), let stamp = folder.stamp else {
            entries.withLock { $0[location] = nil }
            return nil
        }
        if let known = entries.withLock({ $0[location] }), known.stamp == stamp, known.folder == folder {
            return known.id
        }
        var id: ModelFilesID?
        do {
            let files = try folder.read()
            id = ModelFilesID(digest: files.digest, byteCount: files.layout.byteCount)
            logger.info("Found a model's files", metadata: ["path": "\(folder.path)", "digest": "\(files.digest)"])
        } catch {
            logger.warning(
                "Not announcing a model's files, because they cannot be read",
                metadata: ["path": "\(folder.path)", "problem": .string(error.description)])
        }
        let entry = Entry(folder: folder, stamp: stamp, id: id)
        entries.withLock { $0[location] = entry }
        return id
    }

    /// A piece for a coordinator; empty where the files are not there any more.
    package func piece(_ place: ModelFilesPlace) -> ModelFilesPiece {
        let none = ModelFilesPiece(place: place, total: 0, bytes: [])
        let found = entries.withLock { $0.values.first { $0.id?.digest == place.digest } }
        guard let found, let id = found.id, place.offset < id.byteCount,
            let bytes = found.folder.bytes(
                place.offset..<place.offset + AgentProtocolLimits.pieceBytesMax, of: found.stamp)
        else { return none }
        return ModelFilesPiece(place: place, total: id.byteCount, bytes: bytes)
    }

    /// Forgets files that no engine loads.
    func keep(only locations: Set<ModelLocation>) {
        entries.withLock { entries in entries = entries.filter { locations.contains($0.key) } }
    }

    private func folder(of location: ModelLocation) -> ModelFolder? {
        let path: String? =
            switch location.place {
            case .folder(let path): location.reachable(path, hostRoot: hostRoot)
            case .cached(let repository, let revision): snapshot(repository, revision, location)
            }
        guard let path else { return nil }
        switch location.template {
        case .own: return ModelFolder(path)
        case .unknown: return ModelFolder(path, template: .none)
        case .file(let file):
            let template = location.reachable(file, hostRoot: hostRoot)
            return ModelFolder(path, template: template.map { .file($0) } ?? .none)
        }
    }

    /// The folder of a revision in the first cache that has it.
    private func snapshot(_ repository: String, _ revision: String, _ location: ModelLocation) -> String? {
        let name = "models--" + repository.split(separator: "/").joined(separator: "--")
        for cache in location.caches + ["\(home)/.cache/huggingface/hub"] {
            guard let folder = location.reachable("\(cache)/\(name)", hostRoot: hostRoot) else { continue }
            let reference = try? Files.read("\(folder)/refs/\(revision)", bytesMax: 256)
            let commit = reference.map { String(decoding: $0, as: UTF8.self).prefix { $0.isHexDigit } } ?? revision[...]
            let path = "\(folder)/snapshots/\(commit)"
            if ModelFolder(path).stamp != nil { return path }
        }
        return nil
    }
}
