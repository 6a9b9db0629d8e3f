import COpenSSL

/// A private key; freed with the value that owns it.
@safe final class Key {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

    convenience init(pem: [UInt8]) throws(CertificateError) {
        let pointer = unsafe try MemoryBuffer.read(pem, "a private key") {
            unsafe PEM_read_bio_PrivateKey($0, nil, nil, nil)
        }
        unsafe self.init(pointer)
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    /// A new key on the curve P-256.
    static func make() throws(CertificateError) -> Key {
        guard let context = unsafe EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else { throw .make("a key") }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            unsafe EVP_PKEY_keygen(context, &key) == 1, let key = unsafe key
        else { throw .make("a key") }
        return unsafe Key(key)
    }

    func pem() throws(CertificateError) -> [UInt8] {
        unsafe try MemoryBuffer.bytes(of: "a key file") {
            unsafe PEM_write_bio_PrivateKey($0, pointer, nil, nil, 0, nil, nil) == 1
        }
    }
}
