import Glibc

/// Directories: made with their parents, listed, removed whole.
package enum Folder {
    package static func make(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
        if unsafe mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw SystemError("making the directory \(path)")
        }
        try make(String(path[..<slash]))
        guard unsafe mkdir(path, mode) == 0 || errno == EEXIST else {
            throw SystemError("making the directory \(path)")
        }
    }

    /// The names in a directory, sorted; none where there is no such directory.
    package static func names(_ path: String) -> [String] {
        guard let stream = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file, or a directory with everything in it; symbolic links are removed, not followed.
    package static func remove(_ path: String) throws(SystemError) {
        if unsafe unlink(path) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw SystemError("removing \(path)") }
        for name in names(path) { try remove("\(path)/\(name)") }
        guard unsafe rmdir(path) == 0 || errno == ENOENT else { throw SystemError("removing \(path)") }
    }

    /// What a path leads to, symbolic links followed; nil where there is nothing.
    package static func kind(_ path: String) -> FileKind? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return FileKind(mode: status.st_mode)
    }
}

/// The type of a file.
package enum FileKind: Sendable, Hashable {
    case directory, file, symbolicLink, socket, characterDevice, blockDevice, pipe

    init(mode: mode_t) {
        switch mode & S_IFMT {
        case S_IFDIR: self = .directory
        case S_IFLNK: self = .symbolicLink
        case S_IFSOCK: self = .socket
        case S_IFCHR: self = .characterDevice
        case S_IFBLK: self = .blockDevice
        case S_IFIFO: self = .pipe
        default: self = .file
        }
    }
}
