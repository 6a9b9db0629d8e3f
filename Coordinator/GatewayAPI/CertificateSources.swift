import JSONValues
package import KubernetesAPI
package import Routing

/// Where listeners get their certificates: the Secrets of a cluster, and who may use those of other namespaces.
package struct CertificateSources: Sendable {
    /// The type of Secrets that hold a certificate and its key.
    package static let secretType = "kubernetes.io/tls"
    /// What an API server is asked for them by.
    package static let fieldSelector = "type=\(secretType)"

    private let secrets: [ObjectName: KubernetesObject]
    private let grants: ReferenceGrants
    private let problem: @Sendable (ListenerCertificate) -> String?

    /// `problem` says why a pair cannot be used, as the end of a sentence; nil where it can.
    package init(
        secrets: [KubernetesObject] = [], grants: ReferenceGrants = ReferenceGrants(),
        problem: @escaping @Sendable (ListenerCertificate) -> String? = { _ in nil }
    ) {
        self.secrets = Dictionary(
            secrets.map { (ObjectName(namespace: $0.namespace, name: $0.name), $0) }, uniquingKeysWith: { $1 })
        self.grants = grants
        self.problem = problem
    }

    /// The certificate of a listener; of several references the first is meant.
    func certificate(
        of listener: ListenerView, gateway: ObjectName
    ) -> Result<ListenerCertificate, CertificateFault> {
        guard let ref = listener.certificates.first else {
            return .failure(.invalid("The listener names no certificate; set tls.certificateRefs to a Secret"))
        }
        guard ref.group.isEmpty, ref.kind == "Secret" else {
            return .failure(.invalid("A certificateRef is a \(ref.kind); this router takes certificates from Secrets"))
        }
        // Whether the Secret exists is not told to those who may not use it.
        guard grants.allow(.gateway, in: gateway.namespace, toName: .secret, ref.secret) else {
            return .failure(.notPermitted(ref, gateway: gateway))
        }
        guard let secret = secrets[ref.secret], secret.json["type"]?.string == Self.secretType else {
            return .failure(
                .invalid(
                    "There is no Secret \(ref.secret) of type \(Self.secretType); create it or change the listener")
            )
        }
        guard let chain = Self.bytes("tls.crt", of: secret), let key = Self.bytes("tls.key", of: secret) else {
            return .failure(.invalid("Secret \(ref.secret) lacks tls.crt or tls.key"))
        }
        let certificate = ListenerCertificate(chain: chain, key: key)
        if let problem = problem(certificate) {
            return .failure(.invalid("Secret \(ref.secret) cannot be used: \(problem)"))
        }
        return .success(certificate)
    }

    private static func bytes(_ entry: String, of secret: KubernetesObject) -> [UInt8]? {
        secret.json[path: "data", entry]?.string.flatMap { Base64.decode($0) }
    }
}
