/// One MessagePack value.
package indirect enum MessagePack: Sendable, Hashable {
    case null
    case bool(Bool)
    /// An integer that fits 64 signed bits.
    case integer(Int64)
    /// An integer above `Int64.max`.
    case unsigned(UInt64)
    case double(Double)
    case string(String)
    case binary([UInt8])
    case array([MessagePack])
    /// Members in the order of the wire.
    case map([MessagePackMember])
    /// An application's own type, number and bytes.
    case custom(Int8, [UInt8])

    /// An integer in the one form equal integers share.
    package static func number(_ value: UInt64) -> MessagePack {
        Int64(exactly: value).map { .integer($0) } ?? .unsigned(value)
    }
}

/// One member of a map.
package struct MessagePackMember: Sendable, Hashable {
    package var key: MessagePack
    package var value: MessagePack

    package init(key: MessagePack, value: MessagePack) {
        self.key = key
        self.value = value
    }
}

/// Why bytes are not the MessagePack that was expected, and where.
package struct MessagePackError: Error, Hashable, CustomStringConvertible {
    package var message: String
    /// Bytes from the start to the fault.
    package var offset: Int

    package init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }

    package var description: String { "\(message) at byte \(offset)" }
}

extension MessagePack {
    /// Parses exactly one value.
    package static func parse(_ bytes: [UInt8]) throws(MessagePackError) -> MessagePack {
        var reader = MessagePackReader(bytes)
        let value = try reader.value()
        guard reader.isAtEnd else { throw MessagePackError("bytes after the value", at: reader.position) }
        return value
    }

    /// The bytes of this value, each number in its shortest form.
    package var bytes: [UInt8] {
        var writer = MessagePackWriter()
        writer.write(self)
        return writer.bytes
    }
}
