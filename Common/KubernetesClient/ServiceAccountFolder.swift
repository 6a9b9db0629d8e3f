/// The folder where a pod finds the credentials of its service account.
package struct ServiceAccountFolder: Sendable {
    package var path: String

    package init(path: String) { self.path = path }

    package static let ofPod = ServiceAccountFolder(path: "/var/run/secrets/kubernetes.io/serviceaccount")

    /// The configuration of a program that runs in a pod; nil outside one.
    func configuration(environment: [String: String]) throws -> ClientConfiguration? {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
            CredentialFile("\(path)/token").exists
        else { return nil }
        let port = environment["KUBERNETES_SERVICE_PORT"] ?? "443"
        let name = host.contains(":") ? "[\(host)]" : host
        var configuration = ClientConfiguration(
            server: "https://\(name):\(port)", credential: .tokenFile("\(path)/token"))
        configuration.authority = try CredentialFile("\(path)/ca.crt").bytes()
        if let namespace = try? CredentialFile("\(path)/namespace").token() { configuration.namespace = namespace }
        return configuration
    }
}
