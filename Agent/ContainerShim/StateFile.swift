import Glibc
package import JSONValues

/// Small files of the state directory: read whole, written whole or not at all.
package enum StateFile {
    /// The largest file read, bytes; a larger one counts as unreadable.
    package static let bytesMax = 16 << 20

    package static func bytes(_ path: String) -> [UInt8]? {
        let fd = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return nil }
        defer { close(fd) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 8_192)
        while true {
            let count = unsafe read(fd, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0, content.count + count <= bytesMax else { return nil }
            if count == 0 { return content }
            content += buffer[..<count]
        }
    }

    package static func text(_ path: String) -> String? { bytes(path).map { String(decoding: $0, as: UTF8.self) } }

    package static func json(_ path: String) -> JSONValue? { bytes(path).flatMap { try? JSONValue.parse($0) } }

    /// Replaces a file by rename, so that a reader sees the old or the new content and a crash leaves one of them.
    package static func replace(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o600) throws(SystemError) {
        let temporary = "\(path).\(getpid()).new"
        try write(temporary, bytes, flags: O_CREAT | O_TRUNC, mode: mode)
        guard unsafe rename(temporary, path) == 0 else { throw SystemError("renaming \(temporary) to \(path)") }
    }

    package static func replace(_ path: String, with json: JSONValue) throws(SystemError) {
        try replace(path, with: json.bytes())
    }

    /// Writes over a file that others have mounted: the inode stays, its content changes in one write.
    package static func overwrite(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o644) throws(SystemError) {
        try write(path, bytes, flags: O_CREAT, mode: mode)
        guard unsafe truncate(path, off_t(bytes.count)) == 0 else { throw SystemError("truncating \(path)") }
    }

    private static func write(_ path: String, _ bytes: [UInt8], flags: Int32, mode: mode_t) throws(SystemError) {
        let fd = unsafe open(path, O_WRONLY | O_CLOEXEC | flags, mode)
        guard fd >= 0 else { throw SystemError("writing \(path)") }
        defer { close(fd) }
        guard Descriptor.writeAll(fd, bytes) else { throw SystemError("writing \(path)") }
    }
}
