import ContainerShim
import Glibc
import KubernetesAPI

/// The log of one run of a container, read as fast as the reader takes it: nothing is held but one piece.
package struct ContainerLog: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    /// How much is read at once, bytes.
    static let pieceBytes = 64 << 10
    /// How soon a follower sees new output.
    static let followPeriod = Duration.milliseconds(100)

    let directory: AttemptDirectory
    let options: LogOptions

    package func makeAsyncIterator() -> Iterator { Iterator(directory, options) }

    /// Reads on from where it stands.
    /// One reader of the log.
    package struct Iterator: AsyncIteratorProtocol {
        private let directory: AttemptDirectory
        private let options: LogOptions
        private let reader: LogFileReader
        private var rest: [UInt8] = []
        private var startsLine = true
        private var bytesLeft: Int

        init(_ directory: AttemptDirectory, _ options: LogOptions) {
            self.directory = directory
            self.options = options
            reader = LogFileReader(directory, tail: options.tailLines)
            bytesLeft = options.limitBytes ?? .max
        }

        /// The next piece; nil at the end, and when the task is cancelled.
        package mutating func next() async throws -> [UInt8]? {
            while bytesLeft > 0 && !Task.isCancelled {
                // Asked before reading: what was written before the end is then read after the answer.
                let isOver = !options.follow || Folder.kind(directory.exit) != nil
                let piece = reader.read(ContainerLog.pieceBytes)
                if piece.isEmpty {
                    if isOver { return nil }
                    try await Task.sleep(for: ContainerLog.followPeriod)
                    continue
                }
                let shown = show(piece)
                if !shown.isEmpty { return shown }
            }
            return nil
        }

        private mutating func show(_ piece: [UInt8]) -> [UInt8] {
            rest += piece
            var output: [UInt8] = []
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: 0x0A) {
                if let record = LogRecord(rest[start..<end]) {
                    if options.since.map({ !record.isBefore($0) }) ?? true {
                        output += record.shown(timestamps: options.timestamps, startsLine: startsLine)
                    }
                    startsLine = !record.isPartial
                }
                start = end + 1
            }
            rest.removeSubrange(..<start)
            if output.count > bytesLeft { output.removeLast(output.count - bytesLeft) }
            bytesLeft -= output.count
            return output
        }
    }
}

/// Reads the two files of a log one after the other and goes on when a new one takes the place of the last.
final class LogFileReader {
    private let directory: AttemptDirectory
    private var fd: Int32 = -1
    private var file: FileID?
    private var files: [String]

    /// With `tail`, begins so many records before the end.
    init(_ directory: AttemptDirectory, tail: Int?) {
        self.directory = directory
        files = [directory.rotatedLog, directory.log].filter { Folder.kind($0) != nil }
        guard let tail else { return }
        var left = tail
        for path in files.reversed() {
            let (offset, found) = LogFileReader.offset(path, last: left)
            left -= found
            if left > 0 && path != files.first { continue }
            files = Array(files[(files.firstIndex(of: path) ?? 0)...])
            openNext()
            if fd >= 0 { lseek(fd, off_t(offset), SEEK_SET) }
            return
        }
    }

    deinit { if fd >= 0 { close(fd) } }

    /// The next bytes; none when there are none now.
    func read(_ limit: Int) -> [UInt8] {
        while true {
            if fd < 0 && !openNext() { return [] }
            let bytes = Descriptor.read(fd, limit: limit) ?? []
            if !bytes.isEmpty { return bytes }
            if files.isEmpty {
                // Still the current file: more may come into it.
                if FileID(directory.log) == file { return [] }
                files = [directory.log]
            }
            close(fd)
            fd = -1
        }
    }

    @discardableResult
    private func openNext() -> Bool {
        if files.isEmpty && file == nil && Folder.kind(directory.log) != nil { files = [directory.log] }
        guard let path = files.first else { return false }
        files.removeFirst()
        fd = unsafe open(path, O_RDONLY | O_CLOEXEC)
        file = FileID(path)
        return fd >= 0
    }

    /// Where the last `count` records of a file begin, and how many there are, at most `count`.
    private static func offset(_ path: String, last count: Int) -> (offset: Int, found: Int) {
        let fd = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return (0, 0) }
        defer { close(fd) }
        let size = Int(lseek(fd, 0, SEEK_END))
        var (end, found) = (size, 0)
        if count == 0 { return (size, 0) }
        while end > 0 {
            let start = max(0, end - ContainerLog.pieceBytes)
            lseek(fd, off_t(start), SEEK_SET)
            let bytes = Descriptor.read(fd, limit: end - start) ?? []
            for index in bytes.indices.reversed() where bytes[index] == 0x0A && start + index + 1 < size {
                found += 1
                if found == count { return (start + index + 1, found) }
            }
            if bytes.isEmpty { break }
            end = start
        }
        return (0, size > 0 ? found + 1 : 0)
    }
}

/// Which file a path leads to now.
private struct FileID: Equatable {
    var device: UInt
    var inode: UInt

    init?(_ path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
    }
}
