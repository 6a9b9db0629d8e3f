import JSONValues
import KubernetesAPI
import Manifests

/// One or more kubeconfig files read as one: of a name given twice the first entry stands.
struct Kubeconfig {
    struct Entry {
        var value: JSONValue
        /// Paths in a file are relative to the folder it is in.
        var folder: String
        var file: String
    }

    private var clusters: [String: Entry] = [:]
    private var users: [String: Entry] = [:]
    private var contexts: [String: Entry] = [:]
    private var currentContext: String?
    private let paths: [String]

    /// Reads the files; of several, missing ones are passed over, as long as one exists.
    init(paths: [String]) throws {
        self.paths = paths
        let present = paths.count > 1 ? paths.filter { CredentialFile($0).exists } : paths
        guard !present.isEmpty else {
            throw ConfigurationError("none of the kubeconfig files \(paths.joined(separator: ", ")) exists")
        }
        for path in present {
            let document = try Manifest.document(try CredentialFile(path).text(), source: path)
            Kubeconfig.add(document["clusters"], "cluster", of: path, to: &clusters)
            Kubeconfig.add(document["users"], "user", of: path, to: &users)
            Kubeconfig.add(document["contexts"], "context", of: path, to: &contexts)
            if currentContext == nil, let name = document["current-context"]?.string, !name.isEmpty {
                currentContext = name
            }
        }
    }

    private static func add(_ list: JSONValue?, _ member: String, of path: String, to map: inout [String: Entry]) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        for item in list?.elements ?? [] {
            guard let name = item["name"]?.string, map[name] == nil else { continue }
            map[name] = Entry(value: item[member] ?? .null, folder: folder, file: path)
        }
    }

    /// The configuration of the current context.
    func configuration() throws -> ClientConfiguration {
        let source = paths.joined(separator: ", ")
        guard let name = currentContext else {
            throw ConfigurationError("\(source) has no current-context: set one with 'kubectl config use-context'")
        }
        guard let context = contexts[name] else {
            throw ConfigurationError("\(source) has no context '\(name)', which its current-context names")
        }
        let clusterName = context.value["cluster"]?.string ?? ""
        guard let cluster = clusters[clusterName] else {
            throw ConfigurationError("\(source) has no cluster '\(clusterName)', which its context '\(name)' names")
        }
        var configuration = try Kubeconfig.configuration(of: cluster, named: clusterName)
        if let namespace = context.value["namespace"]?.string, !namespace.isEmpty {
            configuration.namespace = namespace
        }
        guard let userName = context.value["user"]?.string, !userName.isEmpty else { return configuration }
        guard let user = users[userName] else {
            throw ConfigurationError("\(source) has no user '\(userName)', which its context '\(name)' names")
        }
        configuration.credential = try Kubeconfig.credential(of: user, named: userName, for: cluster)
        configuration.identity = try Kubeconfig.identity(of: user, named: userName)
        return configuration
    }

    private static func configuration(of cluster: Entry, named name: String) throws -> ClientConfiguration {
        guard let server = cluster.value["server"]?.string, !server.isEmpty else {
            throw ConfigurationError("\(cluster.file): the cluster '\(name)' has no server")
        }
        guard server.hasPrefix("https://") || server.hasPrefix("http://") else {
            throw ConfigurationError("\(cluster.file): the server '\(server)' is not an http or https URL")
        }
        if cluster.value["insecure-skip-tls-verify"]?.bool == true {
            throw ConfigurationError(
                "\(cluster.file): the cluster '\(name)' sets insecure-skip-tls-verify, which is refused because anyone "
                    + "could then pose as the server; set certificate-authority or certificate-authority-data instead")
        }
        if let proxy = cluster.value["proxy-url"]?.string, !proxy.isEmpty {
            throw ConfigurationError("\(cluster.file): the cluster '\(name)' sets proxy-url, which is not supported")
        }
        var configuration = ClientConfiguration(server: server)
        configuration.authority = try material("certificate-authority", in: cluster)
        configuration.serverName = cluster.value["tls-server-name"]?.string
        return configuration
    }

    private static func credential(of user: Entry, named name: String, for cluster: Entry) throws -> Credential {
        if user.value["auth-provider"]?.object != nil {
            throw ConfigurationError(
                "\(user.file): the user '\(name)' has an auth-provider, which clients no longer support; "
                    + "use a credential plugin (exec), a token or a client certificate")
        }
        if user.value["username"]?.string != nil {
            throw ConfigurationError(
                "\(user.file): the user '\(name)' has a user name and password, which API servers no longer take; "
                    + "use a token or a client certificate")
        }
        if let path = user.value["tokenFile"]?.string, !path.isEmpty {
            return .tokenFile(absolute(path, folder: user.folder))
        }
        if let token = user.value["token"]?.string, !token.isEmpty { return .token(token) }
        if let plugin = try plugin(of: user, named: name, for: cluster) { return .plugin(plugin) }
        return .none
    }

    private static func identity(of user: Entry, named name: String) throws -> ClientIdentity? {
        let certificates = try material("client-certificate", in: user)
        let key = try material("client-key", in: user)
        switch (certificates, key) {
        case (nil, nil): return nil
        case (.some(let certificates), .some(let key)): return ClientIdentity(certificates: certificates, key: key)
        case (.some, nil): throw ConfigurationError("\(user.file): the user '\(name)' has no key for its certificate")
        case (nil, .some): throw ConfigurationError("\(user.file): the user '\(name)' has no certificate for its key")
        }
    }

    /// The bytes of `<member>-data` (base64, which wins) or of the file that `<member>` names.
    static func material(_ member: String, in entry: Entry) throws -> [UInt8]? {
        if let text = entry.value["\(member)-data"]?.string, !text.isEmpty {
            guard let bytes = Base64.decode(text) else {
                throw ConfigurationError("\(entry.file): \(member)-data is not base64")
            }
            return bytes
        }
        guard let path = entry.value[member]?.string, !path.isEmpty else { return nil }
        return try CredentialFile(absolute(path, folder: entry.folder)).bytes()
    }

    static func absolute(_ path: String, folder: String) -> String {
        path.hasPrefix("/") ? path : "\(folder)/\(path)"
    }
}
