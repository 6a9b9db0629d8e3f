import Glibc

/// What tells one content of a file from another without reading it.
package struct FileStamp: Sendable, Hashable {
    private var device: UInt64
    private var inode: UInt64
    private var seconds: Int
    private var nanoseconds: Int
    /// Bytes of the file.
    package var size: Int

    /// Nil where the path leads to no file that can be looked at; links are followed.
    package init?(_ path: String) {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        device = UInt64(facts.st_dev)
        inode = UInt64(facts.st_ino)
        seconds = facts.st_mtim.tv_sec
        nanoseconds = facts.st_mtim.tv_nsec
        size = Int(facts.st_size)
    }
}
