import JSONValues
import SystemFiles
import TestKit

/// Recordings of real engines, beside this file.
enum Recording {
    static let folder = String(#filePath.dropLast("Recording.swift".count)) + "Fixtures/"

    static func bytes(_ name: String) throws -> [UInt8] { try Files.read(folder + name) }

    /// The parts of each message of a `.bin`.
    static func messages(_ name: String) throws -> [[[UInt8]]] { RecordedMessages.parts(try bytes(name)) }

    /// The lines of a `.jsonl`.
    static func lines(_ name: String) throws -> [JSONValue] {
        try bytes(name).split(separator: UInt8(ascii: "\n")).map { try JSONValue.parse(Array($0)) }
    }
}
