import EngineWire

/// What besides tokens enters a block's hash.
package enum ExtraKey: Sendable, Hashable {
    case adapter(name: String, path: String)
    /// Only in the first block of a prompt.
    case salt(String)

    /// How the events show it: without tag and path.
    var published: MessagePack {
        switch self {
        case .adapter(let name, _): .string(name)
        case .salt(let salt): .string(salt)
        }
    }
}

/// vLLM's `sha256_cbor` chain: each block's hash covers its tokens, its extra keys and the whole hash before it.
///
/// The same chain stands in for vLLM's default `sha256`, which hashes Python's own serialisation: outside an engine
/// its values are opaque either way.
package struct BlockHasher: Sendable {
    /// What vLLM 0.29 and later take where `PYTHONHASHSEED` is not set.
    package static let defaultSeed = "vllm-none-hash"

    /// What stands before the first block of every prompt.
    package let root: Digest

    /// `seed` is the text of `PYTHONHASHSEED`.
    package init(seed: String = defaultSeed) {
        var encoder = CanonicalCBOR()
        encoder.write(text: seed)
        root = SHA256.digest(encoder.bytes)
    }

    /// The hash of the block after `parent`; of a prompt's first block when that is nil.
    package func hash(parent: Digest?, tokens: ArraySlice<UInt32>, extraKeys: [ExtraKey]) -> Digest {
        var encoder = CanonicalCBOR()
        encoder.writeHeader(.array, 3)
        encoder.write(bytes: (parent ?? root).bytes)
        encoder.writeHeader(.array, UInt64(tokens.count))
        for token in tokens { encoder.writeHeader(.unsigned, UInt64(token)) }
        if extraKeys.isEmpty {
            encoder.writeNull()
        } else {
            encoder.writeHeader(.array, UInt64(extraKeys.count))
            for key in extraKeys { encoder.write(key) }
        }
        return SHA256.digest(encoder.bytes)
    }
}

/// The part of canonical CBOR (RFC 8949 §4.2) that block hashes need.
struct CanonicalCBOR {
    enum Major: UInt8 {
        case unsigned = 0
        case bytes = 2
        case text = 3
        case array = 4
    }

    private(set) var bytes: [UInt8] = []

    mutating func writeHeader(_ major: Major, _ value: UInt64) {
        let top = major.rawValue << 5
        let size =
            switch value {
            case 0..<24: 0
            case 0...0xFF: 1
            case 0...0xFFFF: 2
            case 0...0xFFFF_FFFF: 4
            default: 8
            }
        guard size > 0 else { return bytes.append(top | UInt8(value)) }
        bytes.append(top | (24 + UInt8(size.trailingZeroBitCount)))
        for shift in stride(from: (size - 1) * 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }

    mutating func writeNull() { bytes.append(0xF6) }

    mutating func write(bytes content: [UInt8]) {
        writeHeader(.bytes, UInt64(content.count))
        bytes.append(contentsOf: content)
    }

    mutating func write(text: String) {
        writeHeader(.text, UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func write(_ key: ExtraKey) {
        switch key {
        case .adapter(let name, let path): write(["lora", name, path])
        case .salt(let salt): write(["cache_salt", salt])
        }
    }

    private mutating func write(_ texts: [String]) {
        writeHeader(.array, UInt64(texts.count))
        for text in texts { write(text: text) }
    }
}
