import Glibc
import JSONValues

/// Files of vectors beside the scripts that write them.
enum Vectors {
    static let folder = String(#filePath.dropLast("Vectors.swift".count)) + "Vectors/"

    /// The values of a file of one JSON value a line.
    static func lines(_ name: String) throws -> [JSONValue] {
        try bytes(name).split(separator: 0x0A).map { line in try JSONValue.parse(Array(line)) }
    }

    private static func bytes(_ name: String) throws -> [UInt8] {
        guard let file = unsafe fopen(folder + name, "rb") else { throw VectorError(name: name) }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe fread(&piece, 1, piece.count, file)
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
    }
}

struct VectorError: Error {
    var name: String
}
