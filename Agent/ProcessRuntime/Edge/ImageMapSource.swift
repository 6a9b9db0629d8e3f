import ContainerShim
import Glibc
import Logging
import Manifests
import Synchronization

/// The image map as it stands now: a file, read again when it changes, before the configured entries.
final class ImageMapSource: Sendable {
    private struct Stamp: Equatable {
        var seconds = 0
        var nanoseconds = 0
        var size = 0
    }

    private struct State {
        var map: ImageMap
        var stamp: Stamp?
    }

    let path: String?
    private let base: ImageMap
    private let state: Mutex<State>

    /// Throws when the file is there and cannot be understood.
    init(_ configuration: RuntimeConfiguration) throws {
        path = configuration.imageMapPath
        base = configuration.imageMap
        state = Mutex(State(map: configuration.imageMap, stamp: nil))
        _ = try refresh()
    }

    var map: ImageMap { state.withLock { $0.map } }

    /// Reads the file when it has changed; true when it had. A file that cannot be understood leaves the map as it was
    /// and is not read again until it changes.
    func refresh() throws -> Bool {
        guard let path else { return false }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw SystemError("reading the image map \(path)") }
        let stamp = Stamp(
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec, size: Int(status.st_size))
        guard state.withLock({ $0.stamp }) != stamp else { return false }
        state.withLock { $0.stamp = stamp }
        let map = try ImageMap(yaml: StateFile.text(path) ?? "", source: path)
        state.withLock { $0.map = ImageMap(map.entries + base.entries) }
        return true
    }
}
