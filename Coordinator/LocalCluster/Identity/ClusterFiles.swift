import Certificates
import KubernetesAPI

/// What the data directory holds besides the database: the certificate authority, the server's certificate, the tokens
/// and the kubeconfig. Made on the first start, used again on every later one.
struct ClusterFiles: Sendable {
    let directory: String
    /// The authority's certificate, for clients.
    let authority: [UInt8]
    let serverCertificate: [UInt8]
    let serverKey: [UInt8]
    /// What clients authenticate with.
    let token: String
    /// What this server authenticates with at an agent that serves logs.
    let agentToken: String

    init(directory: String, host: String) throws(LocalClusterError) {
        self.directory = directory
        try PrivateFile.makeDirectory(directory)
        let authority = try ClusterFiles.identity(directory, "ca") { () throws(CertificateError) in
            try CertificateAuthority.make(name: "martlet-local-cluster")
        }
        let names = ["DNS:localhost", "DNS:kubernetes", "DNS:kubernetes.default", "DNS:kubernetes.default.svc"]
        let addresses = Set(["127.0.0.1", host]).filter { $0 != "localhost" }.sorted().map { "IP:\($0)" }
        let server = try ClusterFiles.identity(directory, "server") { () throws(CertificateError) in
            try CertificateAuthority.makeServer(
                name: "martlet-local-cluster-server", alternatives: names + addresses, authority: authority)
        }
        self.authority = authority.certificate
        serverCertificate = server.certificate
        serverKey = server.key
        token = try ClusterFiles.token(directory, "token")
        agentToken = try ClusterFiles.token(directory, "agent-token")
    }

    private static func identity(
        _ directory: String, _ name: String,
        _ make: () throws(CertificateError) -> Identity
    ) throws(LocalClusterError) -> Identity {
        let (keyPath, certificatePath) = ("\(directory)/\(name).key", "\(directory)/\(name).crt")
        if let key = try PrivateFile.read(keyPath), let certificate = try PrivateFile.read(certificatePath) {
            return Identity(key: key, certificate: certificate)
        }
        let identity: Identity
        do throws(CertificateError) {
            identity = try make()
        } catch {
            throw LocalClusterError(error.description)
        }
        try PrivateFile.write(identity.key, to: keyPath)
        try PrivateFile.write(identity.certificate, to: certificatePath)
        return identity
    }

    private static func token(_ directory: String, _ name: String) throws(LocalClusterError) -> String {
        let path = "\(directory)/\(name)"
        if let bytes = try PrivateFile.read(path) {
            let token = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
            if !token.isEmpty { return token }
        }
        let token = RandomToken.make()
        try PrivateFile.write(Array(token.utf8), to: path)
        return token
    }

    /// Writes the kubeconfig of a server that listens on a port.
    func writeKubeconfig(host: String, port: Int) throws(LocalClusterError) {
        let text = """
            apiVersion: v1
            kind: Config
            current-context: martlet
            clusters:
            - name: martlet
              cluster:
                server: https://\(host):\(port)
                certificate-authority-data: \(Base64.encode(authority))
            users:
            - name: martlet
              user:
                token: \(token)
            contexts:
            - name: martlet
              context:
                cluster: martlet
                user: martlet
                namespace: default

            """
        try PrivateFile.write(Array(text.utf8), to: "\(directory)/kubeconfig")
    }
}
