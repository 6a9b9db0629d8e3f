/// Messages as recordings hold them (`.bin`): per message a count of parts, per part a length and its bytes, all counts
/// as little-endian 32-bit words.
package enum RecordedMessages {
    /// The parts of each message.
    package static func parts(_ bytes: [UInt8]) -> [[[UInt8]]] {
        var position = 0
        func number() -> Int {
            defer { position += 4 }
            return (0..<4).reduce(0) { $0 | Int(bytes[position + $1]) << ($1 * 8) }
        }
        func part() -> [UInt8] {
            let count = number()
            defer { position += count }
            return Array(bytes[position..<position + count])
        }
        var messages: [[[UInt8]]] = []
        while position < bytes.count { messages.append((0..<number()).map { _ in part() }) }
        return messages
    }
}
