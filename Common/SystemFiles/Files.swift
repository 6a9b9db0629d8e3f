import Glibc

/// Why a file could not be read or written: one sentence with the path and the system's reason.
package struct FileError: Error, Hashable, CustomStringConvertible {
    package var description: String
    /// The system's error number.
    package var code: Int32

    init(_ action: String, _ path: String, _ code: Int32 = errno) {
        description = "\(path) could not be \(action): \(unsafe String(cString: strerror(code)))"
        self.code = code
    }
}

/// Whole small files, without Foundation.
package enum Files {
    /// A file longer than this is refused.
    package static let bytesMax = 64 << 20

    package static var workingDirectory: String {
        guard let path = unsafe getcwd(nil, 0) else { return "." }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }

    package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    package static func isFolder(_ path: String) -> Bool {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }

    /// The bytes of a file. Throws where it cannot be read or is longer than `bytesMax`.
    package static func read(_ path: String, bytesMax: Int = bytesMax) throws(FileError) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileError("read", path) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
            if count < 0 { throw FileError("read", path) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            if bytes.count > bytesMax { throw FileError("read", path, EFBIG) }
        }
    }

    /// The bytes of a part of a file; fewer where it ends before the part does.
    package static func read(_ path: String, _ range: Range<Int>) throws(FileError) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileError("read", path) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: range.count)
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(file, buffer.baseAddress! + start, buffer.count - start, off_t(range.lowerBound + start))
            }
            if count < 0 { throw FileError("read", path) }
            if count == 0 { break }
            start += count
        }
        bytes.removeLast(bytes.count - start)
        return bytes
    }

    package static func text(_ path: String) throws(FileError) -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    /// Replaces a file at once: a reader sees the old bytes or the new, never a part.
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws(FileError) {
        let temporary = "\(path).new-\(getpid())"
        let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw FileError("written", path) }
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes[start...].withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else {
                let code = errno
                close(file)
                unsafe unlink(temporary)
                throw FileError("written", path, code)
            }
            start += count
        }
        fsync(file)
        close(file)
        guard unsafe rename(temporary, path) == 0 else { throw FileError("written", path) }
    }

    package static func write(_ text: String, to path: String, mode: UInt32 = 0o600) throws(FileError) {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    /// Opens a file whose writes all go to its end, made where it is missing; whoever calls this closes it.
    package static func openToAppend(_ path: String, mode: UInt32 = 0o640) throws(FileError) -> Int32 {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, mode)
        guard file >= 0 else { throw FileError("opened", path) }
        return file
    }

    /// Makes a folder and those above it, for this user alone; one that is there stays as it is.
    package static func makeFolder(_ path: String) throws(FileError) {
        if isFolder(path) { return }
        let parts = path.split(separator: "/")
        if parts.count > 1 {
            try makeFolder((path.hasPrefix("/") ? "/" : "") + parts.dropLast().joined(separator: "/"))
        }
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileError("made", path) }
    }

    /// Where a symbolic link points.
    package static func target(ofLink path: String) throws(FileError) -> String {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe readlink(path, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        guard count >= 0 else { throw FileError("read", path) }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    package static func remove(_ path: String) { unsafe unlink(path) }

    /// The names in a folder, sorted; empty where it cannot be read.
    package static func names(in folder: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var found: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { found.append(name) }
        }
        return found.sorted()
    }
}

/// The environment of this process.
package enum Environment {
    package static subscript(name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
