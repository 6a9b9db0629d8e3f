import Certificates

/// When certificates are renewed, and how; pure but for the making of keys.
///
/// 1. A server certificate is replaced when a third of its life is left, long before it expires.
/// 2. An authority is replaced in two steps. First the new one is put in front of the old one and both are trusted; the
///    server certificate changes only when every API server has had `settleSeconds` to learn of the new one.
/// 3. What this program did not make (no `ca.key`) it does not change.
struct CertificatePlan: Sendable {
    static let authorityName = "kthena-webhook-ca"

    var serverName: String
    var alternatives: [String]
    var hostNames: [String]
    var authorityDays = 3_650
    var serverDays = 365
    var settleSeconds: Int64 = 600

    enum Step: Hashable {
        /// Nothing is due.
        case keep
        /// A new server certificate from the authority there is.
        case issueServer
        /// A new authority in front of the old one.
        case addAuthority
        /// A new authority and a certificate from it: there is nothing to build on.
        case startOver
    }

    private static let daySeconds: Int64 = 86_400

    /// What is due at `now`, seconds since 1970.
    func step(for secret: CertificateSecret, now: Int64) -> Step {
        guard let authorityKey = secret.authorityKey else { return .keep }
        guard let authority = try? Certificate(pem: secret.authorities), authority.matches(keyPEM: authorityKey),
            let authorityEnd = authority.notAfter, authorityEnd > now
        else { return .startOver }
        guard let server = try? Certificate(pem: secret.server.certificate), let serverEnd = server.notAfter,
            server.matches(keyPEM: secret.server.key), serverEnd > now, hostNames.allSatisfy(server.isValid(forHost:))
        else { return .issueServer }
        if authorityEnd - now < 2 * Int64(serverDays) * Self.daySeconds { return .addAuthority }
        if !server.isSigned(by: authority) {
            let made = authorityEnd - Int64(authorityDays) * Self.daySeconds
            return now - made >= settleSeconds ? .issueServer : .keep
        }
        return serverEnd - now < Int64(serverDays) * Self.daySeconds / 3 ? .issueServer : .keep
    }

    /// The Secret after a step.
    func perform(_ step: Step, on secret: CertificateSecret?) throws(CertificateError) -> CertificateSecret {
        guard let secret, let key = secret.authorityKey, step != .startOver else { return try start() }
        switch step {
        case .keep, .startOver: return secret
        case .issueServer:
            var next = secret
            next.server = try issue(from: Identity(key: key, certificate: secret.authorities))
            return next
        case .addAuthority:
            var next = secret
            let authority = try CertificateAuthority.make(name: Self.authorityName, validDays: authorityDays)
            next.authorityKey = authority.key
            next.authorities = authority.certificate + Self.first(of: secret.authorities)
            return next
        }
    }

    private func start() throws(CertificateError) -> CertificateSecret {
        let authority = try CertificateAuthority.make(name: Self.authorityName, validDays: authorityDays)
        return CertificateSecret(
            server: try issue(from: authority), authorities: authority.certificate, authorityKey: authority.key)
    }

    private func issue(from authority: Identity) throws(CertificateError) -> Identity {
        try CertificateAuthority.makeServer(
            name: serverName, alternatives: alternatives, authority: authority, validDays: serverDays)
    }

    /// The first certificate of a PEM text.
    private static func first(of pem: [UInt8]) -> [UInt8] {
        let text = String(decoding: pem, as: UTF8.self)
        let end = "-----END CERTIFICATE-----"
        guard let range = text.firstRange(of: end) else { return pem }
        return Array((text[..<range.upperBound] + "\n").utf8)
    }
}
