import FoundationEssentials

/// Why no client configuration could be made: one sentence with the source, the fault and what to do.
package struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}

/// How to reach one API server and who to be there.
package struct ClientConfiguration: Sendable {
    /// The base URL without a trailing slash, such as `https://127.0.0.1:6443`.
    package var server: String
    /// The name the server's certificate must carry where it is not the URL's host.
    package var serverName: String?
    /// PEM certificates that may sign the server's certificate; nil for the machine's own list.
    package var authority: [UInt8]?
    package var credential: Credential
    /// The certificate this client shows and its key; nil where it shows none.
    package var identity: ClientIdentity?
    /// The namespace of the chosen context, `default` where it names none.
    package var namespace: String

    package init(server: String, credential: Credential = .none) {
        self.server = server.hasSuffix("/") ? String(server.dropLast()) : server
        self.credential = credential
        namespace = "default"
    }

    /// Finds a configuration: the file at `kubeconfig`, else those `KUBECONFIG` lists, else the service account of the
    /// pod this runs in, else `~/.kube/config`. A `server` given takes the place of the one found, and where nothing is
    /// found it is reached without credentials.
    package static func load(kubeconfig: String?, server: String? = nil) throws -> ClientConfiguration {
        try load(
            kubeconfig: kubeconfig, server: server, environment: ProcessInfo.processInfo.environment, account: .ofPod)
    }

    /// As `load(kubeconfig:server:)`, with the environment and the folder of the service account given.
    package static func load(
        kubeconfig: String?, server: String? = nil, environment: [String: String], account: ServiceAccountFolder
    ) throws -> ClientConfiguration {
        let found = try find(kubeconfig: kubeconfig, environment: environment, account: account)
        guard let server, !server.isEmpty else {
            guard let found else {
                throw ConfigurationError(
                    "no Kubernetes API server is configured: give --kubeconfig, set KUBECONFIG, or create "
                        + "~/.kube/config")
            }
            return found
        }
        let bare = ClientConfiguration(server: server)
        guard var found else { return bare }
        found.server = bare.server
        return found
    }

    private static func find(
        kubeconfig: String?, environment: [String: String], account: ServiceAccountFolder
    ) throws -> ClientConfiguration? {
        if let kubeconfig { return try Kubeconfig(paths: [kubeconfig]).configuration() }
        let listed = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        if !listed.isEmpty { return try Kubeconfig(paths: listed).configuration() }
        if let configuration = try account.configuration(environment: environment) { return configuration }
        guard let home = environment["HOME"], CredentialFile("\(home)/.kube/config").exists else { return nil }
        return try Kubeconfig(paths: ["\(home)/.kube/config"]).configuration()
    }
}

/// What a request proves its sender with, besides a client certificate.
package enum Credential: Sendable, Hashable {
    case none
    /// A bearer token.
    case token(String)
    /// The path of a file that holds a bearer token; it is read again as time goes, for the cluster rotates it.
    case tokenFile(String)
    /// A program that is run for a token or a client certificate.
    case plugin(CredentialPlugin)
}

/// A client certificate chain and its private key, both PEM.
package struct ClientIdentity: Sendable, Hashable {
    package var certificates: [UInt8]
    package var key: [UInt8]

    package init(certificates: [UInt8], key: [UInt8]) {
        self.certificates = certificates
        self.key = key
    }
}
