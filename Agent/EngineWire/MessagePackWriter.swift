/// Writes MessagePack, each number and length in its shortest form.
package struct MessagePackWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    private mutating func bigEndian(_ value: UInt64, _ count: Int) {
        for shift in stride(from: (count - 1) * 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }

    private mutating func tagged(_ tag: UInt8, _ value: UInt64, _ count: Int) {
        bytes.append(tag)
        bigEndian(value, count)
    }

    package mutating func writeNull() { bytes.append(0xC0) }
    package mutating func write(_ value: Bool) { bytes.append(value ? 0xC3 : 0xC2) }
    package mutating func write(_ value: Double) { tagged(0xCB, value.bitPattern, 8) }

    package mutating func write(unsigned value: UInt64) {
        switch value {
        case 0...0x7F: bytes.append(UInt8(value))
        case 0...0xFF: tagged(0xCC, value, 1)
        case 0...0xFFFF: tagged(0xCD, value, 2)
        case 0...0xFFFF_FFFF: tagged(0xCE, value, 4)
        default: tagged(0xCF, value, 8)
        }
    }

    package mutating func write(integer value: Int) {
        if value >= 0 { return write(unsigned: UInt64(value)) }
        let bits = UInt64(bitPattern: Int64(value))
        switch value {
        case -32 ... -1: bytes.append(UInt8(truncatingIfNeeded: bits))
        case -0x80 ... -1: tagged(0xD0, bits, 1)
        case -0x8000 ... -1: tagged(0xD1, bits, 2)
        case -0x8000_0000 ... -1: tagged(0xD2, bits, 4)
        default: tagged(0xD3, bits, 8)
        }
    }

    package mutating func write(_ text: String) {
        let count = UInt64(text.utf8.count)
        switch count {
        case 0..<32: bytes.append(0xA0 | UInt8(count))
        case 0...0xFF: tagged(0xD9, count, 1)
        case 0...0xFFFF: tagged(0xDA, count, 2)
        default: tagged(0xDB, count, 4)
        }
        bytes.append(contentsOf: text.utf8)
    }

    package mutating func write(binary: [UInt8]) {
        let count = UInt64(binary.count)
        switch count {
        case 0...0xFF: tagged(0xC4, count, 1)
        case 0...0xFFFF: tagged(0xC5, count, 2)
        default: tagged(0xC6, count, 4)
        }
        bytes.append(contentsOf: binary)
    }

    package mutating func writeArrayHeader(_ count: Int) {
        switch count {
        case 0..<16: bytes.append(0x90 | UInt8(count))
        case 0...0xFFFF: tagged(0xDC, UInt64(count), 2)
        default: tagged(0xDD, UInt64(count), 4)
        }
    }

    package mutating func writeMapHeader(_ count: Int) {
        switch count {
        case 0..<16: bytes.append(0x80 | UInt8(count))
        case 0...0xFFFF: tagged(0xDE, UInt64(count), 2)
        default: tagged(0xDF, UInt64(count), 4)
        }
    }

    private mutating func write(custom type: Int8, _ content: [UInt8]) {
        switch content.count {
        case 1, 2, 4, 8, 16: bytes.append(0xD4 + UInt8(content.count.trailingZeroBitCount))
        case 0...0xFF: tagged(0xC7, UInt64(content.count), 1)
        case 0...0xFFFF: tagged(0xC8, UInt64(content.count), 2)
        default: tagged(0xC9, UInt64(content.count), 4)
        }
        bytes.append(UInt8(bitPattern: type))
        bytes.append(contentsOf: content)
    }

    package mutating func write(_ value: MessagePack) {
        switch value {
        case .null: writeNull()
        case .bool(let value): write(value)
        case .integer(let value): write(integer: Int(value))
        case .unsigned(let value): write(unsigned: value)
        case .double(let value): write(value)
        case .string(let text): write(text)
        case .binary(let content): write(binary: content)
        case .array(let elements):
            writeArrayHeader(elements.count)
            for element in elements { write(element) }
        case .map(let members):
            writeMapHeader(members.count)
            for member in members {
                write(member.key)
                write(member.value)
            }
        case .custom(let type, let content): write(custom: type, content)
        }
    }
}
