import COpenSSL

/// PEM in and out of libcrypto through its memory buffers.
enum MemoryBuffer {
    /// The bytes a libcrypto writer leaves.
    static func bytes(of what: String, _ write: (OpaquePointer) -> Bool) throws(CertificateError) -> [UInt8] {
        guard let buffer = unsafe BIO_new(BIO_s_mem()) else { throw .make(what) }
        defer { unsafe BIO_free(buffer) }
        guard unsafe write(buffer) else { throw .make(what) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = unsafe BIO_read(buffer, &chunk, Int32(chunk.count))
            if count <= 0 { return bytes }
            bytes.append(contentsOf: chunk[..<Int(count)])
        }
    }

    /// What a libcrypto reader makes of PEM bytes.
    static func read<Value>(
        _ pem: [UInt8], _ what: String, _ read: (OpaquePointer) -> Value?
    ) throws(CertificateError) -> Value {
        guard !pem.isEmpty, pem.count <= Int(Int32.max),
            let buffer = unsafe BIO_new_mem_buf(pem, Int32(pem.count))
        else { throw .read(what) }
        defer { unsafe BIO_free(buffer) }
        guard let value = unsafe read(buffer) else {
            ERR_clear_error()
            throw .read(what)
        }
        return value
    }
}
