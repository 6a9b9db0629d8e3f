import Certificates
import JSONValues
import KubernetesAPI

/// What the Secret of the webhooks' certificate holds.
struct CertificateSecret: Sendable, Hashable {
    /// `tls.crt` and `tls.key`.
    var server: Identity
    /// `ca.crt`: the authority that signed the server's certificate, or several while one takes the place of another;
    /// the first is the one that signs. Empty where the Secret came without.
    var authorities: [UInt8]
    /// `ca.key`: only in Secrets that this program made, and what makes it renew them.
    var authorityKey: [UInt8]?

    init(server: Identity, authorities: [UInt8], authorityKey: [UInt8]?) {
        self.server = server
        self.authorities = authorities
        self.authorityKey = authorityKey
    }

    /// Nil where a certificate and its key are not both there.
    init?(_ secret: KubernetesObject) {
        func bytes(_ name: String) -> [UInt8]? {
            let bytes = secret.json[path: "data", name]?.string.flatMap { Base64.decode($0) }
            return bytes?.isEmpty == false ? bytes : nil
        }
        guard let certificate = bytes("tls.crt"), let key = bytes("tls.key") else { return nil }
        server = Identity(key: key, certificate: certificate)
        authorities = bytes("ca.crt") ?? []
        authorityKey = bytes("ca.key")
    }

    /// The members of the Secret's `data`.
    var data: JSONValue {
        .members([
            "tls.crt": .string(Base64.encode(server.certificate)), "tls.key": .string(Base64.encode(server.key)),
            "ca.crt": .string(Base64.encode(authorities)),
            "ca.key": authorityKey.map { .string(Base64.encode($0)) },
        ])
    }
}
