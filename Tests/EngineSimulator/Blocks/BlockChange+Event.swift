package import EngineWire

/// How block hashes appear in events.
package enum PublishedHashes: Sendable {
    /// The last 64 bits.
    case integers
    /// All 32 bytes (`VLLM_KV_EVENTS_USE_INT_BLOCK_HASHES=0`).
    case bytes

    package func name(_ hash: Digest) -> EngineBlockHash {
        switch self {
        case .integers: .integer(hash.low64)
        case .bytes: .bytes(hash.bytes)
        }
    }
}

extension BlockChange {
    /// The event vLLM would publish.
    func event(blockSize: Int, hashes: PublishedHashes) -> EngineEvent {
        switch self {
        case .cleared: return .cleared
        case .removed(let hash):
            return .removed(BlocksRemoved(blockHashes: [hashes.name(hash)], medium: "GPU", group: 0))
        case .stored(let parent, let run, let origin):
            var stored = BlocksStored(
                blockHashes: run.map { hashes.name($0.hash) }, parent: parent.map(hashes.name),
                tokenIDs: run.flatMap(\.tokens), blockSize: blockSize)
            stored.adapterNumber = origin.adapterNumber
            stored.adapterName = origin.adapterName
            stored.sessionID = origin.sessionID
            stored.medium = "GPU"
            stored.extraKeys = run.map { $0.extraKeys.isEmpty ? nil : $0.extraKeys.map(\.published) }
            stored.group = 0
            stored.specKind = "full_attention"
            return .stored(stored)
        }
    }
}
