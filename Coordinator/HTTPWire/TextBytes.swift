extension [UInt8] {
    /// Appends bytes.
    mutating func append(_ bytes: Span<UInt8>) { unsafe append(bytes.bytes) }

    mutating func append(_ bytes: RawSpan) {
        append(addingCapacity: bytes.byteCount) { output in
            unsafe output.withUnsafeMutableBufferPointer { free, count in
                unsafe bytes.withUnsafeBytes { source in
                    unsafe UnsafeMutableRawBufferPointer(free).copyMemory(from: source)
                }
                count = bytes.byteCount
            }
        }
    }

    /// Appends the UTF-8 of a text.
    package mutating func append(text: String) { append(contentsOf: text.utf8) }

    /// Appends the UTF-8 of a literal.
    package mutating func append(literal: StaticString) {
        unsafe append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }
}
