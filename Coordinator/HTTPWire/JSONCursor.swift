import CByteScan

/// Goes through the members or elements of a container whose brackets are known to match, decoding nothing.
struct JSONCursor {
    private var position: Int
    /// Where the closing bracket is.
    private let end: Int

    /// `container` is an object's or array's range, brackets included.
    init(_ container: Range<Int>) {
        position = container.lowerBound + 1
        end = max(container.upperBound - 1, container.lowerBound + 1)
    }

    /// The range of the next element; nil at the end, and where what follows is no value.
    mutating func element(in bytes: Span<UInt8>) -> Range<Int>? {
        skip(bytes, UInt8(ascii: ","))
        let start = position
        guard start < end, skipValue(bytes), position > start, position <= end else { return nil }
        return start..<position
    }

    /// The next member: its name without quotes, and its value.
    mutating func member(in bytes: Span<UInt8>) -> (name: Range<Int>, value: Range<Int>)? {
        guard let name = element(in: bytes), name.count >= 2, bytes[name.lowerBound] == UInt8(ascii: "\"") else {
            return nil
        }
        skip(bytes, UInt8(ascii: ":"))
        let start = position
        guard start < end, skipValue(bytes), position > start, position <= end else { return nil }
        return (name.lowerBound + 1..<name.upperBound - 1, start..<position)
    }

    /// White space and this separator.
    private mutating func skip(_ bytes: Span<UInt8>, _ separator: UInt8) {
        while position < end {
            switch ByteSearch.byte(bytes, position) {
            case 0x20, 0x0A, 0x0D, 0x09, separator: position += 1
            default: return
            }
        }
    }

    private mutating func skipValue(_ bytes: Span<UInt8>) -> Bool {
        switch ByteSearch.byte(bytes, position) {
        case UInt8(ascii: "\""): return skipString(bytes)
        case UInt8(ascii: "{"), UInt8(ascii: "["): return skipContainer(bytes)
        default:
            while position < end {
                switch ByteSearch.byte(bytes, position) {
                case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x0A, 0x0D, 0x09: return true
                default: position += 1
                }
            }
            return true
        }
    }

    private mutating func skipString(_ bytes: Span<UInt8>) -> Bool {
        guard let end = ByteSearch.stringEnd(in: bytes, from: position + 1) else { return false }
        position = end
        return true
    }

    private mutating func skipContainer(_ bytes: Span<UInt8>) -> Bool {
        let extent = ByteSearch.container(in: bytes, from: position, depthMax: JSONMembers.depthMax)
        guard Int(extent.state) == BYTE_SCAN_WHOLE else { return false }
        position = Int(extent.place)
        return true
    }
}
