import COpenSSL

/// Keys and certificates made by libcrypto: a certificate authority of this cluster's own, and server certificates from
/// it.
enum CertificateAuthority {
    /// A private key and its certificate, both as PEM.
    struct Identity {
        var key: [UInt8]
        var certificate: [UInt8]
    }

    /// Validity of both, in days.
    static let validDays = 3_650

    /// A new authority.
    static func make(name: String) throws(LocalClusterError) -> Identity {
        let key = try Key.make()
        let certificate = try Certificate(subject: name, key: key)
        try certificate.setIssuer(name)
        try certificate.add(NID_basic_constraints, "critical,CA:TRUE")
        try certificate.add(NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign")
        try certificate.add(NID_subject_key_identifier, "hash")
        try certificate.sign(by: key)
        return Identity(key: try key.pem(), certificate: try certificate.pem())
    }

    /// A server certificate for names (`DNS:localhost`, `IP:127.0.0.1`), signed by an authority.
    static func makeServer(name: String, alternatives: [String], authority: Identity) throws(LocalClusterError)
        -> Identity
    {
        let key = try Key.make()
        let certificate = try Certificate(subject: name, key: key)
        try certificate.setIssuer(ofPEM: authority.certificate)
        try certificate.add(NID_basic_constraints, "critical,CA:FALSE")
        try certificate.add(NID_key_usage, "critical,digitalSignature")
        try certificate.add(NID_ext_key_usage, "serverAuth")
        try certificate.add(NID_subject_alt_name, alternatives.joined(separator: ","))
        try certificate.sign(by: try Key(pem: authority.key))
        return Identity(key: try key.pem(), certificate: try certificate.pem())
    }

    /// Random bytes as hexadecimal text.
    static func token(bytes count: Int = 32) throws(LocalClusterError) -> String {
        var bytes = [UInt8](repeating: 0, count: count)
        guard unsafe RAND_bytes(&bytes, Int32(count)) == 1 else { throw fault("random bytes") }
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    static func fault(_ what: String) -> LocalClusterError {
        LocalClusterError("libcrypto could not make \(what); check the OpenSSL installation of this machine")
    }

    /// The bytes a libcrypto writer leaves in a memory buffer.
    static func bytes(
        of what: String, _ write: (OpaquePointer) -> Bool
    ) throws(LocalClusterError) -> [UInt8] {
        guard let buffer = unsafe BIO_new(BIO_s_mem()) else { throw fault(what) }
        defer { unsafe BIO_free(buffer) }
        guard unsafe write(buffer) else { throw fault(what) }
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
    ) throws(LocalClusterError) -> Value {
        guard let buffer = unsafe BIO_new_mem_buf(pem, Int32(pem.count)) else { throw fault(what) }
        defer { unsafe BIO_free(buffer) }
        guard let value = unsafe read(buffer) else { throw fault(what) }
        return value
    }
}

/// A private key on the curve P-256; freed with the value that owns it.
@safe private final class Key {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

    convenience init(pem: [UInt8]) throws(LocalClusterError) {
        let pointer = unsafe try CertificateAuthority.read(pem, "a key from its file") {
            unsafe PEM_read_bio_PrivateKey($0, nil, nil, nil)
        }
        unsafe self.init(pointer)
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    static func make() throws(LocalClusterError) -> Key {
        guard let context = unsafe EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else {
            throw CertificateAuthority.fault("a key")
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            unsafe EVP_PKEY_keygen(context, &key) == 1, let key = unsafe key
        else { throw CertificateAuthority.fault("a key") }
        return unsafe Key(key)
    }

    func pem() throws(LocalClusterError) -> [UInt8] {
        unsafe try CertificateAuthority.bytes(of: "a key file") {
            unsafe PEM_write_bio_PrivateKey($0, pointer, nil, nil, 0, nil, nil) == 1
        }
    }
}

/// A certificate under construction; freed with the value that owns it.
@safe private final class Certificate {
    private let pointer: OpaquePointer

    init(subject: String, key: Key) throws(LocalClusterError) {
        guard let made = unsafe X509_new() else { throw CertificateAuthority.fault("a certificate") }
        unsafe pointer = made
        var serial = [UInt8](repeating: 0, count: 16)
        // An hour back, for a clock that is behind.
        guard unsafe RAND_bytes(&serial, 16) == 1, unsafe X509_set_version(pointer, 2) == 1,
            let number = unsafe BN_bin2bn(serial, 16, nil),
            unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(pointer)) != nil,
            unsafe X509_gmtime_adj(X509_getm_notBefore(pointer), -3_600) != nil,
            unsafe X509_gmtime_adj(X509_getm_notAfter(pointer), CertificateAuthority.validDays * 86_400) != nil,
            unsafe X509_set_pubkey(pointer, key.pointer) == 1
        else { throw CertificateAuthority.fault("a certificate") }
        unsafe BN_free(number)
        unsafe try name(X509_get_subject_name(pointer), subject)
    }

    deinit { unsafe X509_free(pointer) }

    func setIssuer(_ text: String) throws(LocalClusterError) {
        unsafe try name(X509_get_issuer_name(pointer), text)
    }

    func setIssuer(ofPEM pem: [UInt8]) throws(LocalClusterError) {
        let authority = unsafe try CertificateAuthority.read(pem, "a certificate from its file") {
            unsafe PEM_read_bio_X509($0, nil, nil, nil)
        }
        defer { unsafe X509_free(authority) }
        guard unsafe X509_set_issuer_name(pointer, X509_get_subject_name(authority)) == 1 else {
            throw CertificateAuthority.fault("a certificate")
        }
    }

    private func name(_ entries: OpaquePointer?, _ text: String) throws(LocalClusterError) {
        let bytes = Array(text.utf8)
        guard unsafe X509_NAME_add_entry_by_txt(entries, "CN", MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0) == 1
        else { throw CertificateAuthority.fault("a certificate's name") }
    }

    func add(_ identifier: Int32, _ value: String) throws(LocalClusterError) {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, pointer, pointer, nil, nil, 0)
        guard let part = unsafe X509V3_EXT_conf_nid(nil, &context, identifier, value) else {
            throw CertificateAuthority.fault("a certificate's '\(value)'")
        }
        defer { unsafe X509_EXTENSION_free(part) }
        guard unsafe X509_add_ext(pointer, part, -1) == 1 else { throw CertificateAuthority.fault("a certificate") }
    }

    func sign(by key: Key) throws(LocalClusterError) {
        guard unsafe X509_sign(pointer, key.pointer, EVP_sha256()) > 0 else {
            throw CertificateAuthority.fault("a signature")
        }
    }

    func pem() throws(LocalClusterError) -> [UInt8] {
        unsafe try CertificateAuthority.bytes(of: "a certificate file") { unsafe PEM_write_bio_X509($0, pointer) == 1 }
    }
}
