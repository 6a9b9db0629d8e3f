import COpenSSL

/// A certificate under construction; freed with the value that owns it.
@safe final class CertificateDraft {
    /// What a certificate may say beyond names, key and time.
    enum Part {
        case basicConstraints, keyUsage, extendedKeyUsage, subjectKeyIdentifier, subjectAlternativeName

        var identifier: Int32 {
            switch self {
            case .basicConstraints: NID_basic_constraints
            case .keyUsage: NID_key_usage
            case .extendedKeyUsage: NID_ext_key_usage
            case .subjectKeyIdentifier: NID_subject_key_identifier
            case .subjectAlternativeName: NID_subject_alt_name
            }
        }
    }

    private let pointer: OpaquePointer

    init(subject: String, key: Key, validDays: Int) throws(CertificateError) {
        guard let made = unsafe X509_new() else { throw .make("a certificate") }
        unsafe pointer = made
        var serial = [UInt8](repeating: 0, count: 16)
        // An hour back, for a clock that is behind.
        guard unsafe RAND_bytes(&serial, 16) == 1, unsafe X509_set_version(pointer, 2) == 1,
            let number = unsafe BN_bin2bn(serial, 16, nil),
            unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(pointer)) != nil,
            unsafe X509_gmtime_adj(X509_getm_notBefore(pointer), -3_600) != nil,
            unsafe X509_gmtime_adj(X509_getm_notAfter(pointer), validDays * 86_400) != nil,
            unsafe X509_set_pubkey(pointer, key.pointer) == 1
        else { throw .make("a certificate") }
        unsafe BN_free(number)
        unsafe try name(X509_get_subject_name(pointer), subject)
    }

    deinit { unsafe X509_free(pointer) }

    func setIssuer(_ text: String) throws(CertificateError) {
        unsafe try name(X509_get_issuer_name(pointer), text)
    }

    func setIssuer(ofPEM pem: [UInt8]) throws(CertificateError) {
        let authority = unsafe try MemoryBuffer.read(pem, "an authority's certificate") {
            unsafe PEM_read_bio_X509($0, nil, nil, nil)
        }
        defer { unsafe X509_free(authority) }
        guard unsafe X509_set_issuer_name(pointer, X509_get_subject_name(authority)) == 1 else {
            throw .make("a certificate")
        }
    }

    private func name(_ entries: OpaquePointer?, _ text: String) throws(CertificateError) {
        let bytes = Array(text.utf8)
        guard unsafe X509_NAME_add_entry_by_txt(entries, "CN", MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0) == 1
        else { throw .make("a certificate's name") }
    }

    func add(_ part: Part, _ value: String) throws(CertificateError) {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, pointer, pointer, nil, nil, 0)
        guard let made = unsafe X509V3_EXT_conf_nid(nil, &context, part.identifier, value) else {
            throw .make("a certificate's '\(value)'")
        }
        defer { unsafe X509_EXTENSION_free(made) }
        guard unsafe X509_add_ext(pointer, made, -1) == 1 else { throw .make("a certificate") }
    }

    func sign(by key: Key) throws(CertificateError) {
        guard unsafe X509_sign(pointer, key.pointer, EVP_sha256()) > 0 else { throw .make("a signature") }
    }

    func pem() throws(CertificateError) -> [UInt8] {
        unsafe try MemoryBuffer.bytes(of: "a certificate file") { unsafe PEM_write_bio_X509($0, pointer) == 1 }
    }
}
