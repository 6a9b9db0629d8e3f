import EngineWire
import KVBlocks

extension BlocksStored {
    /// The content hash of each block of the run.
    ///
    /// Adapter and salt go into the chain's namespace as they do for a prompt. Whatever else entered a block's engine
    /// hash (images, prompt embeddings) is hashed in between, so that equal tokens with other images are other blocks.
    func contentHashes(after parent: BlockHash?) -> [BlockHash] {
        guard hasExtraKeys else {
            if let parent { return BlockChain.hashes(of: tokenIDs, blockSize: blockSize, after: parent) }
            let namespace = ChainNamespace(adapter: adapter, salt: promptSalt)
            return BlockChain.hashes(of: tokenIDs, blockSize: blockSize, namespace: namespace)
        }
        return keyedHashes(after: parent)
    }

    private var hasExtraKeys: Bool { extraKeys.map { $0.contains { $0 != nil } } ?? false }

    private func keyedHashes(after parent: BlockHash?) -> [BlockHash] {
        let keys = (0..<blockHashes.count).map { otherKeys(block: $0, isFirst: $0 == 0 && parent == nil) }
        let namespace = ChainNamespace(adapter: adapter, salt: parent == nil ? promptSalt : "")
        guard keys.contains(where: { !$0.isEmpty }) else {
            if let parent { return BlockChain.hashes(of: tokenIDs, blockSize: blockSize, after: parent) }
            return BlockChain.hashes(of: tokenIDs, blockSize: blockSize, namespace: namespace)
        }
        var hashes: [BlockHash] = []
        var previous = parent
        for (index, keys) in keys.enumerated() {
            let tokens = Array(tokenIDs[index * blockSize..<(index + 1) * blockSize])
            if !keys.isEmpty {
                let words = keys.flatMap(\.words)
                previous =
                    previous.map { BlockChain.hashes(of: words, blockSize: words.count, after: $0) }?.first
                    ?? BlockChain.hashes(of: words, blockSize: words.count, namespace: namespace).first
            }
            let hash =
                previous.map { BlockChain.hashes(of: tokens, blockSize: blockSize, after: $0) }
                ?? BlockChain.hashes(of: tokens, blockSize: blockSize, namespace: namespace)
            hashes += hash
            previous = hash.first
        }
        return hashes
    }

    /// Whether nothing but their tokens, and the salt of a prompt's first block, makes the blocks what they are: no
    /// adapter, no image, no tokens behind the block.
    var isCheckable: Bool {
        guard adapterName == nil, adapterNumber == nil, lookaheadTokenIDs == nil, salt == nil else { return false }
        return !(extraKeys ?? []).enumerated().contains { block, keys in
            keys != nil && !(block == 0 && checkableSalt != nil)
        }
    }

    /// What looks like the salt of a prompt: one text as the only key of its first block.
    var checkableSalt: String? {
        guard parent == nil, let keys = extraKeys?.first ?? nil, keys.count == 1, case .string(let text) = keys[0]
        else { return nil }
        return text
    }

    /// The adapter's name. Engines that tell only its number get a name no request has, for the number means nothing
    /// elsewhere and the blocks must not be taken for the base model's.
    private var adapter: String { adapterName ?? adapterNumber.map { "lora#\($0)" } ?? "" }

    /// Unless told by itself, the salt stands among the keys of a prompt's first block: the first text that is not the
    /// adapter's name.
    private var promptSalt: String {
        if let salt { return salt }
        for case .string(let text) in (extraKeys?.first ?? nil) ?? [] where text != adapterName { return text }
        return ""
    }

    /// The keys of a block that are neither adapter nor salt.
    private func otherKeys(block: Int, isFirst: Bool) -> [MessagePack] {
        guard let extraKeys, block < extraKeys.count, let keys = extraKeys[block] else { return [] }
        let salt = isFirst ? promptSalt : ""
        return keys.filter { key in
            guard case .string(let text) = key else { return true }
            return text != adapterName && text != salt
        }
    }
}

extension MessagePack {
    /// Words that are equal only for equal keys of blocks; each starts with its kind.
    fileprivate var words: [UInt32] {
        switch self {
        case .null: return [0]
        case .bool(let value): return [1, value ? 1 : 0]
        case .integer(let value): return [2] + MessagePack.words(UInt64(bitPattern: value))
        case .unsigned(let value): return [3] + MessagePack.words(value)
        case .double(let value): return [4] + MessagePack.words(value.bitPattern)
        case .string(let text): return [5] + MessagePack.words(Array(text.utf8))
        case .binary(let bytes): return [6] + MessagePack.words(bytes)
        case .array(let elements): return [7, UInt32(truncatingIfNeeded: elements.count)] + elements.flatMap(\.words)
        case .map(let members):
            return [8, UInt32(truncatingIfNeeded: members.count)] + members.flatMap { $0.key.words + $0.value.words }
        case .custom(let kind, let bytes): return [9, UInt32(bitPattern: Int32(kind))] + MessagePack.words(bytes)
        }
    }

    private static func words(_ value: UInt64) -> [UInt32] {
        [UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32)]
    }

    private static func words(_ bytes: [UInt8]) -> [UInt32] {
        [UInt32(truncatingIfNeeded: bytes.count)] + bytes.map { UInt32($0) }
    }
}
