package import KubernetesClient
import SystemFiles

/// The real control plane that tests meet in the place of an embedded one, as its environment names it.
package struct RealServer: Sendable {
    /// Its https address: MARTLET_CONTRACT_SERVER.
    package let address: String
    /// An administrator's bearer token: MARTLET_CONTRACT_TOKEN.
    package let token: String
    /// The file of its authority: MARTLET_CONTRACT_CA.
    package let authorityFile: String

    /// The one of this run; nil where tests start an embedded server.
    package static let named: RealServer? = Environment["MARTLET_CONTRACT_SERVER"].map {
        RealServer(
            address: $0, token: Environment["MARTLET_CONTRACT_TOKEN"] ?? "",
            authorityFile: Environment["MARTLET_CONTRACT_CA"] ?? "")
    }

    /// What a client in this process connects with. Throws where the authority cannot be read.
    package func configuration() throws -> ClientConfiguration {
        var configuration = ClientConfiguration(server: address, credential: .token(token))
        configuration.authority = try Files.read(authorityFile)
        return configuration
    }

    /// Writes what a client in another process connects with; returns the file.
    package func kubeconfig(in folder: String) throws -> String {
        let file = "\(folder)/kubeconfig"
        let text = """
            apiVersion: v1
            kind: Config
            current-context: c
            clusters: [{name: c, cluster: {server: "\(address)", certificate-authority: "\(authorityFile)"}}]
            users: [{name: u, user: {token: "\(token)"}}]
            contexts: [{name: c, context: {cluster: c, user: u, namespace: default}}]
            """
        try Files.write(text, to: file)
        return file
    }
}
