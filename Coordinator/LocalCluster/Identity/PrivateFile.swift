import SystemFiles

/// Files of the data directory that only their owner may read.
enum PrivateFile {
    /// The bytes of a file; nil where there is none. Throws where it is there and cannot be read.
    static func read(_ path: String) throws(LocalClusterError) -> [UInt8]? {
        guard Files.exists(path) else { return nil }
        return try advised { () throws(FileError) in try Files.read(path) }
    }

    /// Puts a file in place as a whole: a crash leaves the old one or the new one.
    static func write(_ bytes: [UInt8], to path: String) throws(LocalClusterError) {
        try advised { () throws(FileError) in try Files.write(bytes, to: path) }
    }

    /// Makes an empty file where there is none, for a library that would make one that others may read.
    static func touch(_ path: String) throws(LocalClusterError) {
        if !Files.exists(path) { try write([], to: path) }
    }

    /// Makes a directory and those above it, open to their owner only.
    static func makeDirectory(_ path: String) throws(LocalClusterError) {
        try advised { () throws(FileError) in try Files.makeFolder(path) }
    }

    private static func advised<Value>(_ work: () throws(FileError) -> Value) throws(LocalClusterError) -> Value {
        do {
            return try work()
        } catch {
            throw LocalClusterError("\(error); make it accessible or choose another directory")
        }
    }
}
