import Glibc

/// Files of the data directory that only their owner may read.
enum PrivateFile {
    /// The bytes of a file; nil where there is none. Throws where it is there and cannot be read.
    static func read(_ path: String) throws(LocalClusterError) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            if errno == ENOENT { return nil }
            throw fault("read", path)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 { throw fault("read", path) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// Puts a file in place as a whole: a crash leaves the old one or the new one.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws(LocalClusterError) {
        let temporary = path + ".new"
        unsafe unlink(temporary)
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw fault("write", path) }
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress.map { unsafe $0 + start }, $0.count - start)
            }
            if count <= 0 {
                close(descriptor)
                throw fault("write", path)
            }
            start += count
        }
        let isKept = fsync(descriptor) == 0
        close(descriptor)
        guard isKept, unsafe rename(temporary, path) == 0 else { throw fault("write", path) }
    }

    /// Makes an empty file where there is none, for a library that would make one that others may read.
    static func touch(_ path: String) throws(LocalClusterError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw fault("write", path) }
        close(descriptor)
    }

    /// Makes a directory and those above it, open to their owner only.
    static func makeDirectory(_ path: String) throws(LocalClusterError) {
        var partial = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            partial += part
            if unsafe mkdir(partial, 0o700) != 0, errno != EEXIST { throw fault("make", partial) }
            partial += "/"
        }
    }

    private static func fault(_ verb: String, _ path: String) -> LocalClusterError {
        let reason = unsafe String(cString: strerror(errno))
        return LocalClusterError("cannot \(verb) \(path): \(reason); make it accessible or choose another directory")
    }
}
