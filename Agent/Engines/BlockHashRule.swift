import Crypto

/// How vLLM names a block: by the SHA-256 of the hash before it, its tokens and what else makes it another block.
///
/// Both ways in which it writes these three are fixed by format, and nothing in them differs from process to process
/// but the seed. The quicker hashes it offers besides have a seed of their own in each process.
struct BlockHashRule: Sendable, Hashable {
    /// How the parts are written before they are hashed.
    enum Form: Sendable, Hashable, CaseIterable {
        /// `sha256`, the default: Python's pickle, protocol 5.
        case pickle
        /// `sha256_cbor`: canonical CBOR.
        case cbor
    }

    /// How the salt of a request is written into its first block.
    enum Salt: Sendable, Hashable {
        /// vLLM 0.31 and later.
        case tagged(String)
        case plain(String)
    }

    let form: Form
    /// What stands before the first block of a prompt.
    let root: SHA256Digest

    /// `seed` is the text of `PYTHONHASHSEED`, or what stands for it.
    init(_ form: Form, seed: String) {
        self.form = form
        switch form {
        case .pickle: root = SHA256.hash(data: PickleWriter.pickled { $0.write(text: seed) })
        case .cbor:
            var writer = CBORWriter()
            writer.write(text: seed)
            root = SHA256.hash(data: writer.bytes)
        }
    }

    /// The hash of the block after `parent`.
    func hash(after parent: SHA256Digest, _ tokens: ArraySlice<UInt32>, salt: Salt? = nil) -> SHA256Digest {
        switch form {
        case .pickle:
            SHA256.hash(
                data: PickleWriter.pickled { writer in
                    writer.write(bytes: Array(parent))
                    writer.write(numbers: tokens)
                    writer.write(salt: salt)
                    writer.writeTuple(of: 3)
                })
        case .cbor:
            SHA256.hash(data: CBORWriter.block(after: Array(parent), tokens, salt))
        }
    }
}

extension SHA256Digest {
    /// The last eight bytes as a big-endian number: what vLLM's events call the block.
    var low64: UInt64 { dropFirst(24).reduce(0) { $0 << 8 | UInt64($1) } }
}

/// The part of Python's pickle, protocol 5, that a block's hash needs.
private struct PickleWriter {
    private(set) var bytes: [UInt8] = []

    /// One value with its head and end.
    static func pickled(_ write: (inout PickleWriter) -> Void) -> [UInt8] {
        var writer = PickleWriter()
        write(&writer)
        let body = writer.bytes + [UInt8(ascii: ".")]
        let count = (0..<8).map { UInt8(truncatingIfNeeded: body.count >> ($0 * 8)) }
        return [0x80, 5, 0x95] + count + body
    }

    /// Each object is remembered, though nothing here names it again.
    private mutating func remember() { bytes.append(0x94) }

    mutating func write(text: String) {
        let utf8 = Array(text.utf8)
        if utf8.count < 256 {
            bytes += [0x8C, UInt8(utf8.count)]
        } else {
            bytes += [UInt8(ascii: "X")] + (0..<4).map { UInt8(truncatingIfNeeded: utf8.count >> ($0 * 8)) }
        }
        bytes += utf8
        remember()
    }

    mutating func write(bytes content: [UInt8]) {
        bytes += [UInt8(ascii: "C"), UInt8(content.count)] + content
        remember()
    }

    mutating func write(numbers: ArraySlice<UInt32>) {
        if numbers.count > 3 { bytes.append(UInt8(ascii: "(")) }
        for number in numbers {
            switch number {
            case 0...0xFF: bytes += [UInt8(ascii: "K"), UInt8(number)]
            case 0...0xFFFF:
                bytes += [UInt8(ascii: "M"), UInt8(truncatingIfNeeded: number), UInt8(number >> 8)]
            default:
                bytes.append(UInt8(ascii: "J"))
                for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
            }
        }
        writeTuple(of: numbers.count)
    }

    mutating func write(salt: BlockHashRule.Salt?) {
        switch salt {
        case nil: bytes.append(UInt8(ascii: "N"))
        case .plain(let text):
            write(text: text)
            writeTuple(of: 1)
        case .tagged(let text):
            write(text: "cache_salt")
            write(text: text)
            writeTuple(of: 2)
            writeTuple(of: 1)
        }
    }

    /// Makes one tuple of what was written last.
    mutating func writeTuple(of count: Int) {
        bytes.append(count > 3 ? UInt8(ascii: "t") : 0x84 + UInt8(count))
        remember()
    }
}

/// The part of canonical CBOR (RFC 8949 §4.2) that a block's hash needs.
private struct CBORWriter {
    private(set) var bytes: [UInt8] = []

    static func block(after parent: [UInt8], _ tokens: ArraySlice<UInt32>, _ salt: BlockHashRule.Salt?) -> [UInt8] {
        var writer = CBORWriter()
        writer.writeHead(4, 3)
        writer.writeHead(2, UInt32(parent.count))
        writer.bytes += parent
        writer.writeHead(4, UInt32(tokens.count))
        for token in tokens { writer.writeHead(0, token) }
        switch salt {
        case nil: writer.bytes.append(0xF6)
        case .plain(let text):
            writer.writeHead(4, 1)
            writer.write(text: text)
        case .tagged(let text):
            writer.writeHead(4, 1)
            writer.writeHead(4, 2)
            writer.write(text: "cache_salt")
            writer.write(text: text)
        }
        return writer.bytes
    }

    mutating func write(text: String) {
        writeHead(3, UInt32(text.utf8.count))
        bytes += text.utf8
    }

    private mutating func writeHead(_ major: UInt8, _ value: UInt32) {
        let top = major << 5
        switch value {
        case 0..<24: bytes.append(top | UInt8(value))
        case 0...0xFF: bytes += [top | 24, UInt8(value)]
        case 0...0xFFFF: bytes += [top | 25, UInt8(value >> 8), UInt8(truncatingIfNeeded: value)]
        default:
            bytes.append(top | 26)
            for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
    }
}
