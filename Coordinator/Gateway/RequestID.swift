import HTTPWire

extension LoopContext {
    /// The client's id where it is a sane one, else a new one.
    func requestID(of head: RequestHead) -> String {
        if let id = head.fields.first(.requestID), !id.isEmpty, id.utf8.count <= 128,
            id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") })
        {
            return id
        }
        return requestID()
    }

    /// A request id in the form of a random UUID.
    func requestID() -> String {
        let high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return RequestID.text(high, low)
    }
}

/// Identifiers of requests that come without one.
enum RequestID {
    /// 128 bits in the form of a UUID: 8, 4, 4, 4 and 12 hexadecimal digits.
    static func text(_ high: UInt64, _ low: UInt64) -> String {
        let (first, second) = (digits(high >> 32), digits(high & 0xFFFF_FFFF))
        let (third, fourth) = (digits(low >> 32), digits(low & 0xFFFF_FFFF))
        var text = InlineArray<36, UInt8>(repeating: UInt8(ascii: "-"))
        func put(_ digits: UInt64, _ count: Int, at place: Int) {
            for index in 0..<count { text[place + index] = UInt8(truncatingIfNeeded: digits >> UInt64(index * 8)) }
        }
        put(first, 8, at: 0)
        put(second, 4, at: 9)
        put(second >> 32, 4, at: 14)
        put(third, 4, at: 19)
        put(third >> 32, 4, at: 24)
        put(fourth, 8, at: 28)
        return unsafe text.span.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The eight hexadecimal digits of 32 bits, in the order of memory, all worked out at once.
    private static func digits(_ value: UInt64) -> UInt64 {
        // One nibble into each byte, the highest into the byte that comes first.
        var spread = value
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        spread = (spread | spread << 4) & 0x0F0F_0F0F_0F0F_0F0F
        // A bit in each byte above 9, and from it the distance from '9' + 1 to 'a'.
        let letters = (spread &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return (spread &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).byteSwapped
    }
}
