import Glibc

/// Small files with secrets: read and created whole, for their owner only.
enum KeyFile {
    static let bytesMax = 4096

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    static func read(_ path: String) throws(LinkError) -> String {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .readingKeys(path: path, reason: lastReason()) }
        defer { close(file) }
        var facts = stat()
        guard unsafe fstat(file, &facts) == 0 else { throw .readingKeys(path: path, reason: lastReason()) }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw .readingKeys(path: path, reason: "it is not a regular file")
        }
        // A file of root's that a group may read is how a Secret comes to a container that does not run as root.
        let isOfSecret = facts.st_uid == 0 && geteuid() != 0
        guard facts.st_mode & (isOfSecret ? 0o037 : 0o077) == 0 else { throw .exposedKeys(path: path) }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        let count = unsafe Glibc.read(file, &bytes, bytesMax)
        guard count >= 0 else { throw .readingKeys(path: path, reason: lastReason()) }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// Written beside and then linked to its name, so that no reader sees half of it and no existing file is replaced.
    static func create(_ path: String, _ content: String) throws(LinkError) {
        let draft = "\(path).\(getpid()).new"
        let file = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw .writingKeys(path: path, reason: lastReason()) }
        defer { unsafe _ = unlink(draft) }
        let bytes = Array(content.utf8)
        let written = unsafe write(file, bytes, bytes.count)
        let isDurable = fsync(file) == 0
        close(file)
        guard written == bytes.count, isDurable else { throw .writingKeys(path: path, reason: lastReason()) }
        guard unsafe link(draft, path) == 0 else { throw .writingKeys(path: path, reason: lastReason()) }
    }

    private static func lastReason() -> String { unsafe String(cString: strerror(errno)) }
}
