import JSONValues
import KubernetesAPI

/// What a credential plugin answered.
struct PluginCredential: Sendable, Hashable {
    var token: String?
    var identity: ClientIdentity?
    /// When it is no longer good; nil for as long as the process runs.
    var expires: Timestamp?

    /// Reads an `ExecCredential`. What is wrong with it is said without repeating any of it.
    init(_ output: [UInt8], from plugin: CredentialPlugin) throws(ConfigurationError) {
        let name = "the credential plugin \(plugin.command)"
        guard let json = try? JSONValue.parse(output), json["kind"]?.string == "ExecCredential" else {
            throw ConfigurationError(
                "\(name) did not answer with an ExecCredential in JSON; run it by hand to see what it says")
        }
        guard json["apiVersion"]?.string == plugin.apiVersion else {
            throw ConfigurationError(
                "\(name) answered in another version than \(plugin.apiVersion); set the version it speaks as "
                    + "apiVersion of its exec entry in the kubeconfig file")
        }
        guard let status = json["status"] else {
            throw ConfigurationError("\(name) answered without a status; run it by hand to see what it says")
        }
        token = status["token"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let certificates = status["clientCertificateData"]?.string ?? ""
        let key = status["clientKeyData"]?.string ?? ""
        guard certificates.isEmpty == key.isEmpty else {
            throw ConfigurationError("\(name) answered with only one of a client certificate and its key")
        }
        if !certificates.isEmpty {
            identity = ClientIdentity(certificates: Array(certificates.utf8), key: Array(key.utf8))
        }
        guard token != nil || identity != nil else {
            throw ConfigurationError("\(name) answered with neither a token nor a client certificate")
        }
        if let text = status["expirationTimestamp"]?.string {
            guard let time = Timestamp(text) else {
                throw ConfigurationError("\(name) answered with an expirationTimestamp that is not a time of RFC 3339")
            }
            expires = time
        }
    }
}
