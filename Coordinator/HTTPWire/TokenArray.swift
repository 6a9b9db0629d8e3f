import CByteScan

/// Arrays of token numbers, as `/tokenize` answers them and as a completion's `prompt` may be.
package enum TokenArray {
    /// The numbers of a JSON array of unsigned 32-bit integers; nil when it holds anything else or nothing.
    package static func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt32]? {
        let tokens = unsafe bytes.extracting(range).withUnsafeBufferPointer { text -> [UInt32] in
            guard let start = text.baseAddress else { return [] }
            // One more than the commas: never more numbers, and mostly as many.
            let room = unsafe byte_scan_count(start, text.count, UInt8(ascii: ",")) + 1
            return unsafe Array(unsafeUninitializedCapacity: room) { numbers, count in
                guard let first = numbers.baseAddress else { return }
                count = unsafe byte_scan_numbers(start, text.count, first, room)
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
