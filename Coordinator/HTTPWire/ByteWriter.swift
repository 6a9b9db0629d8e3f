/// Text that grows at its end, written straight into memory of its own: an array asks at each piece whether it is
/// shared, which costs more than the piece.
@safe package struct ByteWriter: ~Copyable {
    @usableFromInline var memory: UnsafeMutableRawBufferPointer
    @usableFromInline var used = 0

    /// `capacity` bytes fit before the memory has to grow.
    package init(capacity: Int) { unsafe memory = .allocate(byteCount: max(64, capacity), alignment: 16) }

    deinit { unsafe memory.deallocate() }

    package var count: Int { used }

    /// What was written, as an array of its own.
    package var bytes: [UInt8] { unsafe Array(memory[..<used]) }

    /// Begins anew with the memory there is.
    package mutating func removeAll() { used = 0 }

    /// Moves what was written behind other bytes.
    package consuming func move(to output: inout [UInt8]) {
        output.append(unsafe UnsafeRawBufferPointer(rebasing: memory[..<used]).bytes)
    }

    /// The place for that many further bytes, which count as written from now on.
    @inlinable @inline(__always)
    mutating func extend(_ amount: Int) -> UnsafeMutableRawBufferPointer {
        if unsafe amount > memory.count - used { grow(amount) }
        let start = used
        used += amount
        return unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start..<used])
    }

    @inline(never) @usableFromInline
    mutating func grow(_ amount: Int) {
        let larger = unsafe UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(memory.count * 2, used + amount), alignment: 16)
        unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<used]))
        unsafe memory.deallocate()
        unsafe memory = larger
    }

    @inlinable @inline(__always)
    mutating func append(raw source: UnsafeRawBufferPointer) {
        unsafe extend(source.count).copyMemory(from: source)
    }

    @inlinable @inline(__always)
    package mutating func append(_ byte: UInt8) { unsafe extend(1)[0] = byte }

    /// Appends the UTF-8 of a literal.
    @inlinable @inline(__always)
    package mutating func append(literal: StaticString) {
        unsafe append(raw: UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends the UTF-8 of a text.
    @inlinable
    package mutating func append(text: String) {
        let isDone: Void? = unsafe text.utf8.withContiguousStorageIfAvailable { source in
            unsafe append(raw: UnsafeRawBufferPointer(source))
        }
        if isDone == nil { for byte in text.utf8 { append(byte) } }
    }

    @inlinable
    package mutating func append(contentsOf bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe append(raw: $0) } }

    /// Appends a part of other bytes.
    package mutating func append(_ bytes: [UInt8], _ range: Range<Int>) {
        unsafe bytes.span.extracting(range).withUnsafeBytes { unsafe append(raw: $0) }
    }
}
