/// Arrays of token numbers, as `/tokenize` answers them and as a completion's `prompt` may be.
package enum TokenArray {
    /// The numbers of a JSON array of unsigned 32-bit integers; nil when it holds anything else or nothing.
    package static func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt32]? {
        guard range.count >= 2, bytes[range.lowerBound] == UInt8(ascii: "[") else { return nil }
        var tokens: [UInt32] = []
        tokens.reserveCapacity(range.count / 5)
        var value: UInt64?
        for position in range.lowerBound + 1..<range.upperBound {
            let byte = bytes[position]
            switch byte {
            case 0x30...0x39:
                let next = (value ?? 0) * 10 + UInt64(byte - 0x30)
                guard next <= UInt64(UInt32.max) else { return nil }
                value = next
            case UInt8(ascii: ","), UInt8(ascii: "]"):
                guard let number = value else { return nil }
                tokens.append(UInt32(number))
                value = nil
            case 0x20, 0x0A, 0x0D, 0x09: break
            default: return nil
            }
        }
        return tokens.isEmpty ? nil : tokens
    }

    /// The `tokens` of a `/tokenize` response.
    package static func ofTokenizeResponse(_ body: Span<UInt8>) -> [UInt32]? {
        guard let members = try? JSONMembers.scan(body), let tokens = members[.tokens], tokens.kind == .array else {
            return nil
        }
        return parse(body, tokens.value)
    }
}
