import JSONValues
import SystemFiles
import TestKit

/// Recordings of real engines, beside this file.
enum Recording {
    static let folder = String(#filePath.dropLast("Recording.swift".count)) + "Fixtures/"

    static func bytes(_ name: String) throws -> [UInt8] { try Files.read(folder + name) }

    static func json(_ name: String) throws -> JSONValue { try JSONValue.parse(try bytes(name)) }

    static func lines(_ name: String) throws -> [JSONValue] {
        try bytes(name).split(separator: UInt8(ascii: "\n")).map { try JSONValue.parse(Array($0)) }
    }

    /// The payloads of a `.bin` of KV events.
    static func payloads(_ name: String) throws -> [[UInt8]] { RecordedMessages.parts(try bytes(name)).map { $0[2] } }

    /// A recorded HTTP message: its first line, its headers in lower case, and its body without chunk framing.
    struct Message {
        var start: String
        var headers: [String: String] = [:]
        var body: [UInt8]

        init(_ name: String) throws {
            let bytes = try Recording.bytes(name)
            let separator = Array("\r\n\r\n".utf8)
            let end = bytes.indices.first { bytes[$0...].starts(with: separator) } ?? bytes.count
            let head = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
            start = String(head.first ?? "")
            for line in head.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingPrefix(" ").description : ""
            }
            body = Array(bytes[min(end + 4, bytes.count)...])
            if headers["transfer-encoding"] == "chunked" { body = Self.withoutChunks(body) }
        }

        private static func withoutChunks(_ bytes: [UInt8]) -> [UInt8] {
            var content: [UInt8] = []
            var rest = bytes[...]
            while let lineEnd = rest.firstIndex(of: 0x0D) {
                let size = Int(String(decoding: rest[..<lineEnd], as: UTF8.self), radix: 16) ?? 0
                if size == 0 { break }
                content += rest[(lineEnd + 2)..<(lineEnd + 2 + size)]
                rest = rest[(lineEnd + 2 + size + 2)...]
            }
            return content
        }
    }
}
