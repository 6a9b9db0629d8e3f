/// Text that grows at its end, written straight into memory of its own. An array asks at each piece whether it is
/// shared, which costs more than the piece.
@safe package struct ByteWriter: ~Copyable {
    private var memory: UnsafeMutableRawBufferPointer
    package private(set) var count = 0

    /// `capacity` bytes fit before the memory has to grow.
    package init(capacity: Int) { unsafe memory = .allocate(byteCount: max(64, capacity), alignment: 16) }

    deinit { unsafe memory.deallocate() }

    package var isEmpty: Bool { count == 0 }

    /// What was written, as an array of its own.
    package var bytes: [UInt8] { unsafe Array(memory[..<count]) }

    /// Begins anew with the memory there is.
    package mutating func removeAll() { count = 0 }

    /// The place for that many further bytes, which count as written from now on.
    @inline(__always)
    private mutating func extend(_ amount: Int) -> UnsafeMutableRawBufferPointer {
        if unsafe amount > memory.count - count { grow(amount) }
        let start = count
        count += amount
        return unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start..<count])
    }

    @inline(never)
    private mutating func grow(_ amount: Int) {
        let larger = unsafe UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(memory.count * 2, count + amount), alignment: 16)
        unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
        unsafe memory.deallocate()
        unsafe memory = larger
    }

    @inline(__always)
    package mutating func append(_ byte: UInt8) { unsafe extend(1)[0] = byte }

    @inline(__always)
    private mutating func append(raw source: UnsafeRawBufferPointer) {
        unsafe extend(source.count).copyMemory(from: source)
    }

    /// Appends the UTF-8 of a literal.
    @inline(__always)
    package mutating func append(literal: StaticString) {
        unsafe append(raw: UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends the UTF-8 of a text.
    package mutating func append(text: String) {
        let isDone: Void? = unsafe text.utf8.withContiguousStorageIfAvailable { source in
            unsafe append(raw: UnsafeRawBufferPointer(source))
        }
        if isDone == nil { for byte in text.utf8 { append(byte) } }
    }

    package mutating func append(contentsOf bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe append(raw: $0) } }

    /// Appends a part of other bytes.
    package mutating func append(_ bytes: [UInt8], _ range: Range<Int>) {
        unsafe bytes.span.extracting(range).withUnsafeBytes { unsafe append(raw: $0) }
    }

    /// Moves what was written behind other bytes.
    package consuming func move(to output: inout [UInt8]) {
        unsafe output.append(contentsOf: UnsafeRawBufferPointer(memory)[..<count])
    }

    /// Appends a whole number in decimal digits.
    package mutating func append(decimal value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        let value = value.magnitude
        var width = 1
        var bound: UInt = 10
        while value >= bound, width < 19 {
            width += 1
            bound *= 10
        }
        append(digits: value, width: value >= bound ? 20 : width)
    }

    /// Appends the last `width` decimal digits, with zeros in front.
    package mutating func append(digits value: UInt, width: Int) {
        let place = unsafe extend(width)
        var rest = value
        for index in stride(from: width - 1, through: 0, by: -1) {
            unsafe place[index] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        }
    }
}
