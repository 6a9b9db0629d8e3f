/// Certificate authorities of this program's own, and server certificates from them. Keys are on the curve P-256.
package enum CertificateAuthority {
    /// Validity where none is asked for: ten years, for what is never renewed.
    package static let validDays = 3_650

    /// A new authority.
    package static func make(name: String, validDays: Int = validDays) throws(CertificateError) -> Identity {
        let key = try Key.make()
        let certificate = try CertificateDraft(subject: name, key: key, validDays: validDays)
        try certificate.setIssuer(name)
        try certificate.add(.basicConstraints, "critical,CA:TRUE")
        try certificate.add(.keyUsage, "critical,digitalSignature,keyCertSign,cRLSign")
        try certificate.add(.subjectKeyIdentifier, "hash")
        try certificate.sign(by: key)
        return Identity(key: try key.pem(), certificate: try certificate.pem())
    }

    /// A server certificate for names (`DNS:localhost`, `IP:127.0.0.1`), signed by an authority.
    package static func makeServer(
        name: String, alternatives: [String], authority: Identity, validDays: Int = validDays
    ) throws(CertificateError) -> Identity {
        let key = try Key.make()
        let certificate = try CertificateDraft(subject: name, key: key, validDays: validDays)
        try certificate.setIssuer(ofPEM: authority.certificate)
        try certificate.add(.basicConstraints, "critical,CA:FALSE")
        try certificate.add(.keyUsage, "critical,digitalSignature")
        try certificate.add(.extendedKeyUsage, "serverAuth")
        try certificate.add(.subjectAlternativeName, alternatives.joined(separator: ","))
        try certificate.sign(by: try Key(pem: authority.key))
        return Identity(key: try key.pem(), certificate: try certificate.pem())
    }
}

/// A private key and its certificate, both as PEM.
package struct Identity: Sendable, Hashable {
    package var key: [UInt8]
    package var certificate: [UInt8]

    package init(key: [UInt8], certificate: [UInt8]) {
        self.key = key
        self.certificate = certificate
    }
}
