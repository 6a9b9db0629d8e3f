/// Reads MessagePack piece by piece from outside data.
///
/// 1. No read looks beyond the bytes given.
/// 2. A declared length reserves nothing: a length of 2^32-1 in front of ten bytes is refused at once.
/// 3. Values that are built nest no deeper than `depthMax`; passing over needs no stack.
package struct MessagePackReader {
    /// Containers nested deeper than this are refused.
    package static let depthMax = 64

    let bytes: [UInt8]
    package private(set) var position = 0
    private var depth = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package var isAtEnd: Bool { position == bytes.count }
    var bytesLeft: Int { bytes.count - position }

    /// A place to come back to.
    struct Mark {
        fileprivate var position: Int
        fileprivate var depth: Int
    }

    var mark: Mark { Mark(position: position, depth: depth) }
    mutating func rewind(to mark: Mark) { (position, depth) = (mark.position, mark.depth) }

    /// Goes on at a place that was reached by reading these bytes in another way, outside every container.
    mutating func move(to place: Int) { position = place }

    private func fault(_ message: String) -> MessagePackError { MessagePackError(message, at: position) }

    /// The tag of the next value, not consumed.
    package func peek() throws(MessagePackError) -> UInt8 {
        guard position < bytes.count else { throw fault("the bytes end early") }
        return bytes[position]
    }

    private mutating func byte() throws(MessagePackError) -> UInt8 {
        let value = try peek()
        position += 1
        return value
    }

    private mutating func bigEndian(_ count: Int) throws(MessagePackError) -> UInt64 {
        guard bytesLeft >= count else { throw fault("the bytes end early") }
        var value: UInt64 = 0
        for offset in 0..<count { value = value << 8 | UInt64(bytes[position + offset]) }
        position += count
        return value
    }

    /// A length that what is left of the bytes can hold, each element being at least one byte.
    private mutating func length(_ count: Int, elementBytes: Int = 1) throws(MessagePackError) -> Int {
        // Two steps: in one call `fitting` would look at the position before the length was read.
        let declared = try bigEndian(count)
        return try fitting(declared, elementBytes: elementBytes)
    }

    private func fitting(_ declared: UInt64, elementBytes: Int) throws(MessagePackError) -> Int {
        guard declared <= UInt64((bytes.count - position) / elementBytes) else {
            throw fault("a length of \(declared) is more than the bytes left")
        }
        return Int(declared)
    }

    private mutating func slice(_ count: Int) -> ArraySlice<UInt8> {
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// Consumes a nil when it is the next value.
    package mutating func skipNull() throws(MessagePackError) -> Bool {
        guard try peek() == 0xC0 else { return false }
        position += 1
        return true
    }

    /// The number of elements of the array that begins here.
    package mutating func arrayHeader() throws(MessagePackError) -> Int {
        let tag = try byte()
        switch tag {
        case 0x90...0x9F: return try fitting(UInt64(tag & 15), elementBytes: 1)
        case 0xDC: return try length(2)
        case 0xDD: return try length(4)
        default: throw fault("an array was expected")
        }
    }

    /// The number of members of the map that begins here.
    package mutating func mapHeader() throws(MessagePackError) -> Int {
        let tag = try byte()
        switch tag {
        case 0x80...0x8F: return try fitting(UInt64(tag & 15), elementBytes: 2)
        case 0xDE: return try length(2, elementBytes: 2)
        case 0xDF: return try length(4, elementBytes: 2)
        default: throw fault("a map was expected")
        }
    }

    /// An integer; negative ones come as the bits of their two's complement.
    package mutating func integerBits() throws(MessagePackError) -> UInt64 {
        let tag = try byte()
        switch tag {
        case 0x00...0x7F: return UInt64(tag)
        case 0xE0...0xFF: return UInt64(bitPattern: Int64(Int8(bitPattern: tag)))
        case 0xCC: return try bigEndian(1)
        case 0xCD: return try bigEndian(2)
        case 0xCE: return try bigEndian(4)
        case 0xCF: return try bigEndian(8)
        case 0xD0: return UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: try bigEndian(1))))
        case 0xD1: return UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: try bigEndian(2))))
        case 0xD2: return UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: try bigEndian(4))))
        case 0xD3: return try bigEndian(8)
        default: throw fault("an integer was expected")
        }
    }

    /// An integer of 0...`UInt32.max`.
    package mutating func unsigned32() throws(MessagePackError) -> UInt32 {
        guard let value = UInt32(exactly: try integerBits()) else { throw fault("an integer is out of range") }
        return value
    }

    /// A signed integer; one above `Int.max` is refused.
    package mutating func integer() throws(MessagePackError) -> Int {
        let tag = try peek()
        let bits = try integerBits()
        if tag == 0xCF, bits > UInt64(Int64.max) { throw fault("an integer is out of range") }
        return Int(Int64(bitPattern: bits))
    }

    /// A floating-point number; an integer counts.
    package mutating func double() throws(MessagePackError) -> Double {
        switch try peek() {
        case 0xCA:
            position += 1
            return Double(Float(bitPattern: UInt32(try bigEndian(4))))
        case 0xCB:
            position += 1
            return Double(bitPattern: try bigEndian(8))
        case 0xCF: return Double(try integerBits())
        default: return Double(Int64(bitPattern: try integerBits()))
        }
    }

    /// `count` integers of 0...`UInt32.max`, one after another.
    mutating func unsigned32s(_ count: Int) throws(MessagePackError) -> [UInt32] {
        var numbers: [UInt32] = []
        numbers.reserveCapacity(count)
        let bytes = bytes
        let span = bytes.span
        var at = position
        for _ in 0..<count {
            let left = span.count - at
            if left >= 3, span[at] == 0xCD {
                numbers.append(UInt32(span[at + 1]) << 8 | UInt32(span[at + 2]))
                at += 3
            } else if left >= 5, span[at] == 0xCE {
                let high = UInt32(span[at + 1]) << 24 | UInt32(span[at + 2]) << 16
                numbers.append(high | UInt32(span[at + 3]) << 8 | UInt32(span[at + 4]))
                at += 5
            } else {
                position = at
                numbers.append(try unsigned32())
                at = position
            }
        }
        position = at
        return numbers
    }

    /// Whether the next value is a string.
    private func isString() throws(MessagePackError) -> Bool {
        switch try peek() {
        case 0xA0...0xBF, 0xD9...0xDB: true
        default: false
        }
    }

    private mutating func textRange() throws(MessagePackError) -> Range<Int> {
        let tag = try byte()
        let count: Int
        switch tag {
        case 0xA0...0xBF: count = try fitting(UInt64(tag & 31), elementBytes: 1)
        case 0xD9: count = try length(1)
        case 0xDA: count = try length(2)
        case 0xDB: count = try length(4)
        default: throw fault("a string was expected")
        }
        defer { position += count }
        return position..<position + count
    }

    /// Where the bytes of the string that begins here lie; nil, with nothing consumed, where no string does.
    mutating func name() throws(MessagePackError) -> Range<Int>? { try isString() ? try textRange() : nil }

    /// Whether a text lies at a place.
    func isText(_ text: StaticString, _ place: Range<Int>) -> Bool {
        guard place.count == text.utf8CodeUnitCount else { return false }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            for offset in 0..<place.count {
                if unsafe bytes[place.lowerBound + offset] != text.utf8Start[offset] { return false }
            }
            return true
        }
    }

    /// A string of well-formed UTF-8.
    package mutating func string() throws(MessagePackError) -> String {
        let place = try textRange()
        // What nearly every event says costs no string.
        if isText("GPU", place) { return "GPU" }
        if isText("full_attention", place) { return "full_attention" }
        guard let text = String(validating: bytes[place], as: UTF8.self) else { throw fault("a string is not UTF-8") }
        return text
    }

    mutating func binarySlice() throws(MessagePackError) -> ArraySlice<UInt8> {
        switch try byte() {
        case 0xC4: return slice(try length(1))
        case 0xC5: return slice(try length(2))
        case 0xC6: return slice(try length(4))
        default: throw fault("a byte string was expected")
        }
    }

    package mutating func binary() throws(MessagePackError) -> [UInt8] { Array(try binarySlice()) }

    private mutating func custom() throws(MessagePackError) -> MessagePack {
        let tag = try byte()
        let declared: UInt64
        switch tag {
        case 0xD4...0xD8: declared = 1 << UInt64(tag - 0xD4)
        case 0xC7: declared = try bigEndian(1)
        case 0xC8: declared = try bigEndian(2)
        default: declared = try bigEndian(4)
        }
        let type = Int8(bitPattern: try byte())
        return .custom(type, Array(slice(try fitting(declared, elementBytes: 1))))
    }

    /// Any one value.
    package mutating func value() throws(MessagePackError) -> MessagePack {
        let tag = try peek()
        switch tag {
        case 0xC0, 0xC2, 0xC3:
            position += 1
            return tag == 0xC0 ? .null : .bool(tag == 0xC3)
        case 0x00...0x7F, 0xCC...0xCF: return .number(try integerBits())
        case 0xE0...0xFF, 0xD0...0xD3: return .integer(Int64(bitPattern: try integerBits()))
        case 0xCA, 0xCB: return .double(try double())
        case 0xA0...0xBF, 0xD9...0xDB: return .string(try string())
        case 0xC4...0xC6: return .binary(try binary())
        case 0xC7...0xC9, 0xD4...0xD8: return try custom()
        case 0x90...0x9F, 0xDC, 0xDD: return try nestedArray()
        case 0x80...0x8F, 0xDE, 0xDF: return try nestedMap()
        default: throw fault("an unused tag")
        }
    }

    private mutating func nestedArray() throws(MessagePackError) -> MessagePack {
        try descend()
        let count = try arrayHeader()
        var elements: [MessagePack] = []
        for _ in 0..<count { elements.append(try value()) }
        depth -= 1
        return .array(elements)
    }

    private mutating func nestedMap() throws(MessagePackError) -> MessagePack {
        try descend()
        let count = try mapHeader()
        var members: [MessagePackMember] = []
        for _ in 0..<count { members.append(MessagePackMember(key: try value(), value: try value())) }
        depth -= 1
        return .map(members)
    }

    private mutating func descend() throws(MessagePackError) {
        guard depth < Self.depthMax else { throw fault("values nest deeper than \(Self.depthMax)") }
        depth += 1
    }

    /// Passes over one value of any kind, however deep.
    package mutating func skip() throws(MessagePackError) {
        var left = 1
        while left > 0 {
            left += try skipHead() - 1
        }
    }

    /// Passes over one value, of a container its head only; the number of values inside.
    private mutating func skipHead() throws(MessagePackError) -> Int {
        switch try peek() {
        case 0x00...0x7F, 0xE0...0xFF, 0xC0, 0xC2, 0xC3: position += 1
        case 0xCC...0xD3: _ = try integerBits()
        case 0xCA, 0xCB: _ = try double()
        case 0xA0...0xBF, 0xD9...0xDB: _ = try textRange()
        case 0xC4...0xC6: _ = try binarySlice()
        case 0xC7...0xC9, 0xD4...0xD8: _ = try custom()
        case 0x90...0x9F, 0xDC, 0xDD: return try arrayHeader()
        case 0x80...0x8F, 0xDE, 0xDF: return try mapHeader() * 2
        default: throw fault("an unused tag")
        }
        return 0
    }
}
