import FoundationEssentials
import JSONValues

/// Recordings of real engines, beside this file.
enum Recording {
    static let folder = String(#filePath.dropLast("Recording.swift".count)) + "Fixtures/"

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: folder + name)))
    }

    /// The messages of a `.bin`: per message a count of parts, per part a length and its bytes, all little endian.
    static func messages(_ name: String) throws -> [[[UInt8]]] {
        let bytes = try bytes(name)
        var position = 0
        func number() -> Int {
            defer { position += 4 }
            return (0..<4).reduce(0) { $0 | Int(bytes[position + $1]) << ($1 * 8) }
        }
        var messages: [[[UInt8]]] = []
        while position < bytes.count {
            var parts: [[UInt8]] = []
            for _ in 0..<number() {
                let count = number()
                parts.append(Array(bytes[position..<position + count]))
                position += count
            }
            messages.append(parts)
        }
        return messages
    }

    /// The lines of a `.jsonl`.
    static func lines(_ name: String) throws -> [JSONValue] {
        try bytes(name).split(separator: UInt8(ascii: "\n")).map { try JSONValue.parse(Array($0)) }
    }
}
