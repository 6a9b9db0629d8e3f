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
}
