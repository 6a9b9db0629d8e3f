@testable import Engines
import EngineWire
import JSONValues
import KVBlocks
import SystemFiles
import TestKit

/// Recordings of real engines: their messages, and the requests that were sent to them alone.
enum Recording {
    private static let folder = String(#filePath.dropLast("EnginesTests/Recording.swift".count))

    /// A request that no other ran beside.
    struct Request: Sendable {
        var label: String
        /// Messages the engine had sent before it.
        var after: Int
        var tokens: [UInt32]
        var namespace: ChainNamespace
        /// The prompt tokens that the engine says it took from its cache.
        var cached: Int
    }

    static func requests(_ name: String) throws -> [Request] {
        try bytes("EnginesTests/Fixtures/requests-\(name).jsonl").split(separator: UInt8(ascii: "\n")).map { line in
            let json = try JSONValue.parse(Array(line))
            return Request(
                label: json["label"]?.string ?? "", after: json["after"]?.integer ?? 0,
                tokens: (json["tokens"]?.elements ?? []).map { UInt32($0.integer ?? 0) },
                namespace: ChainNamespace(
                    adapter: json["adapter"]?.string ?? "", salt: json["salt"]?.string ?? ""),
                cached: json["cached"]?.integer ?? 0)
        }
    }

    /// Sequence numbers and payloads of a `.bin` of KV events.
    static func messages(_ name: String) throws -> [(sequence: UInt64, payload: [UInt8])] {
        RecordedMessages.parts(try bytes("EngineWireTests/Fixtures/kv-events-\(name).bin")).map { parts in
            (parts[1].reduce(0) { $0 << 8 | UInt64($1) }, parts[2])
        }
    }

    static func batches(_ name: String) throws -> [KVEventBatch] {
        try messages(name).map { try KVEventBatch.decode($0.payload) }
    }

    private static func bytes(_ path: String) throws -> [UInt8] { try Files.read(folder + path) }
}

extension RankStream {
    /// Takes a message.
    mutating func received(_ message: KVEventMessage) -> StreamOutcome {
        var rows = KVEventRows()
        return received(message, &rows)
    }
}
