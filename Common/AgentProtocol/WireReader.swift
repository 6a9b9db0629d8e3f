import KVBlocks

/// Reads what `WireWriter` wrote. Every length is compared with the bytes that are left before anything is reserved.
struct WireReader {
    private let bytes: ArraySlice<UInt8>
    private var offset: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        offset = bytes.startIndex
    }

    var isAtEnd: Bool { offset == bytes.endIndex }

    private var left: Int { bytes.endIndex - offset }

    mutating func byte() throws(WireError) -> UInt8 {
        guard left >= 1 else { throw .truncated }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func flag(_ field: String) throws(WireError) -> Bool {
        let value = try byte()
        guard value <= 1 else { throw .unknownValue(field: field, UInt64(value)) }
        return value == 1
    }

    mutating func word() throws(WireError) -> UInt64 {
        guard left >= 8 else { throw .truncated }
        var value: UInt64 = 0
        for index in 0..<8 { value |= UInt64(bytes[offset + index]) << (UInt64(index) * 8) }
        offset += 8
        return value
    }

    mutating func number() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            guard shift < 63 || next <= 1 else { throw .tooLarge(field: "a number") }
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
        }
    }

    /// A number below 2³²; what it counts is checked by the caller.
    mutating func count(_ field: String) throws(WireError) -> Int {
        guard let value = UInt32(exactly: try number()) else { throw .tooLarge(field: field) }
        return Int(value)
    }

    mutating func fraction(_ field: String) throws(WireError) -> Double {
        let bits = try word()
        let value = Double(bitPattern: bits)
        guard value.isFinite else { throw .unknownValue(field: field, bits) }
        return value
    }

    mutating func text(_ field: String, max: Int = WireWriter.textBytesMax) throws(WireError) -> String {
        let length = try count(field)
        guard length <= left else { throw .truncated }
        guard length <= max else { throw .tooLarge(field: field) }
        let part = bytes[offset..<(offset + length)]
        offset += length
        guard let text = String(validating: part, as: UTF8.self) else { throw .notUTF8 }
        return text
    }

    mutating func bytes(_ field: String, max: Int) throws(WireError) -> [UInt8] {
        let length = try count(field)
        guard length <= left else { throw .truncated }
        guard length <= max else { throw .tooLarge(field: field) }
        defer { offset += length }
        return Array(bytes[offset..<(offset + length)])
    }

    mutating func texts(_ field: String, max: Int) throws(WireError) -> [String] {
        let count = try count(field)
        guard count <= left else { throw .truncated }
        guard count <= max else { throw .tooLarge(field: field) }
        var result: [String] = []
        for _ in 0..<count { result.append(try text(field)) }
        return result
    }

    mutating func blocks() throws(WireError) -> [BlockHash] {
        let count = try count("a block count")
        guard count <= left / 8 else { throw .truncated }
        var result: [BlockHash] = []
        result.reserveCapacity(count)
        for _ in 0..<count { result.append(BlockHash(try word())) }
        return result
    }

    /// A part that was written by `sized`; what its reader leaves over is skipped.
    mutating func sized() throws(WireError) -> WireReader {
        let length = try count("a part")
        guard length <= left else { throw .truncated }
        defer { offset += length }
        return WireReader(bytes[offset..<(offset + length)])
    }
}
