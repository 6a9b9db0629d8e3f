import JSONValues
package import Routing

/// A Secret that a listener takes its certificate from.
package struct CertificateRef: Sendable, Hashable {
    package let group: String
    package let kind: String
    package let secret: ObjectName

    init(_ json: JSONValue, in namespace: String) {
        group = json["group"]?.string ?? ""
        kind = json["kind"]?.string ?? "Secret"
        secret = ObjectName(namespace: json["namespace"]?.string ?? namespace, name: json["name"]?.string ?? "")
    }
}

/// Why a listener has no certificate: a condition's reason, and one sentence.
package struct CertificateFault: Error, Sendable, Hashable {
    package var reason: String
    package var sentence: String

    static func invalid(_ sentence: String) -> CertificateFault {
        CertificateFault(reason: "InvalidCertificateRef", sentence: sentence)
    }

    static func notPermitted(_ ref: CertificateRef, gateway: ObjectName) -> CertificateFault {
        CertificateFault(
            reason: "RefNotPermitted",
            sentence: "No ReferenceGrant in namespace \(ref.secret.namespace) lets Gateways of namespace "
                + "\(gateway.namespace) use Secret \(ref.secret); create one, or move the Secret")
    }
}
