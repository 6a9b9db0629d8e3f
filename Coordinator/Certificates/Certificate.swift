import COpenSSL

/// A certificate that was read; freed with the value that owns it.
@safe package final class Certificate {
    private let pointer: OpaquePointer

    /// Reads the first certificate of a PEM text; throws where there is none.
    package init(pem: [UInt8]) throws(CertificateError) {
        unsafe pointer = try MemoryBuffer.read(pem, "a certificate") { unsafe PEM_read_bio_X509($0, nil, nil, nil) }
    }

    deinit { unsafe X509_free(pointer) }

    /// The last second it is valid, since 1970; nil for a time that cannot be told.
    package var notAfter: Int64? {
        var time = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(X509_get0_notAfter(pointer), &time) == 1 else { return nil }
        return Int64(unsafe timegm(&time))
    }

    /// Whether it is a server's certificate for a host name.
    package func isValid(forHost name: String) -> Bool {
        let bytes = Array(name.utf8)
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { text in
                unsafe X509_check_host(pointer, text.baseAddress, text.count, 0, nil) == 1
            }
        }
    }

    /// Whether it is the certificate of a private key.
    package func matches(keyPEM: [UInt8]) -> Bool {
        guard let key = try? Key(pem: keyPEM) else { return false }
        defer { ERR_clear_error() }
        return unsafe X509_check_private_key(pointer, key.pointer) == 1
    }

    /// Whether an authority signed it.
    package func isSigned(by authority: Certificate) -> Bool {
        guard let key = unsafe X509_get0_pubkey(authority.pointer) else { return false }
        defer { ERR_clear_error() }
        return unsafe X509_verify(pointer, key) == 1
    }
}
