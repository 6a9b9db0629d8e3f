import FoundationEssentials
import JSONValues
import Testing

@testable import KubernetesClient

@Suite struct ConfigurationTests {
    /// A folder that is removed with its test.
    private static func withFolder(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/client-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in files {
            #expect(FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data(text.utf8)))
        }
        try body(folder)
    }

    private static func kubeconfig(cluster: String = "", user: String = "token: abc", context: String = "") -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: here
        clusters: [{name: c, cluster: {server: "https://10.0.0.1:6443/"\(cluster)}}]
        contexts: [{name: here, context: {cluster: c, user: u\(context)}}]
        users: [{name: u, user: {\(user)}}]
        """
    }

    @Test func `embedded data, token and namespace are read`() throws {
        let text = Self.kubeconfig(
            cluster: ", certificate-authority-data: \(Data("CA".utf8).base64EncodedString()), tls-server-name: api",
            user: "token: abc, client-certificate-data: Q0VSVA==, client-key-data: S0VZ", context: ", namespace: dev")
        try Self.withFolder(["config": text]) { folder in
            let configuration = try ClientConfiguration.load(kubeconfig: "\(folder)/config")
            #expect(configuration.server == "https://10.0.0.1:6443")
            #expect(configuration.serverName == "api")
            #expect(configuration.authority == Array("CA".utf8))
            #expect(configuration.credential == .token("abc"))
            #expect(configuration.identity == ClientIdentity(certificates: Array("CERT".utf8), key: Array("KEY".utf8)))
            #expect(configuration.namespace == "dev")
        }
    }

    @Test func `files are found beside the kubeconfig`() throws {
        let text = Self.kubeconfig(cluster: ", certificate-authority: ca.crt", user: "tokenFile: token")
        try Self.withFolder(["config": text, "ca.crt": "PEM"]) { folder in
            let configuration = try ClientConfiguration.load(kubeconfig: "\(folder)/config")
            #expect(configuration.authority == Array("PEM".utf8))
            #expect(configuration.credential == .tokenFile("\(folder)/token"))
            #expect(configuration.namespace == "default")
        }
    }

    private static func exec(_ version: String, _ rest: String) -> String {
        "exec: {apiVersion: client.authentication.k8s.io/\(version), \(rest)}"
    }

    @Test func `a credential plugin is read with all it asks for`() throws {
        let rest = """
            command: ./bin/give, args: [get, token], env: [{name: A, value: b}], interactiveMode: IfAvailable,
            installHint: ask ops, provideClusterInfo: true
            """
        let extensions = """
            , tls-server-name: api, certificate-authority-data: Q0E=, extensions:
            [{name: client.authentication.k8s.io/exec, extension: {audience: x}}, {name: other, extension: {}}]
            """
        let text = Self.kubeconfig(cluster: extensions, user: Self.exec("v1", rest))
        try Self.withFolder(["config": text]) { folder in
            let configuration = try ClientConfiguration.load(kubeconfig: "\(folder)/config")
            var plugin = CredentialPlugin(
                apiVersion: "client.authentication.k8s.io/v1", command: "\(folder)/./bin/give",
                arguments: ["get", "token"], installHint: "ask ops")
            plugin.environment = [CredentialPlugin.Variable(name: "A", value: "b")]
            plugin.cluster = [
                "server": "https://10.0.0.1:6443/", "tls-server-name": "api", "certificate-authority-data": "Q0E=",
                "config": ["audience": "x"],
            ]
            #expect(configuration.credential == .plugin(plugin))
        }
        let bare = Self.kubeconfig(user: Self.exec("v1beta1", "command: aws"))
        try Self.withFolder(["config": bare]) { folder in
            let configuration = try ClientConfiguration.load(kubeconfig: "\(folder)/config")
            let plugin = CredentialPlugin(apiVersion: "client.authentication.k8s.io/v1beta1", command: "aws")
            #expect(configuration.credential == .plugin(plugin))
        }
    }

    struct Refusal: Sendable {
        var text: String
        var says: String
    }

    static let refusals: [Refusal] = [
        Refusal(text: kubeconfig(cluster: ", insecure-skip-tls-verify: true"), says: "insecure-skip-tls-verify"),
        Refusal(text: kubeconfig(user: "auth-provider: {name: gcp}"), says: "auth-provider"),
        Refusal(text: kubeconfig(user: "exec: {command: x}"), says: "has the apiVersion ''"),
        Refusal(text: kubeconfig(user: exec("v1alpha1", "command: x")), says: "v1alpha1'; use client.authentication"),
        Refusal(text: kubeconfig(user: exec("v1", "interactiveMode: Never")), says: "has no command"),
        Refusal(text: kubeconfig(user: exec("v1", "command: x")), says: "has no interactiveMode"),
        Refusal(text: kubeconfig(user: exec("v1", "command: x, interactiveMode: Always")), says: "at a terminal"),
        Refusal(
            text: kubeconfig(user: exec("v1beta1", "command: x, env: [{value: secret7}]")), says: "without a name"),
        Refusal(text: kubeconfig(user: "username: a, password: secret7"), says: "user name and password"),
        Refusal(text: kubeconfig(user: "client-certificate-data: Q0VSVA=="), says: "has no key"),
        Refusal(text: kubeconfig(cluster: ", certificate-authority: gone.crt"), says: "gone.crt"),
        Refusal(text: kubeconfig(cluster: ", certificate-authority-data: '!'"), says: "is not base64"),
        Refusal(text: "clusters: []", says: "no current-context"),
        Refusal(text: "current-context: x", says: "no context 'x'"),
        Refusal(text: "{{", says: "not valid YAML"),
    ]

    @Test(arguments: refusals) func `what cannot be used is refused with a sentence`(row: Refusal) throws {
        try Self.withFolder(["config": row.text]) { folder in
            var message = ""
            do { _ = try ClientConfiguration.load(kubeconfig: "\(folder)/config") } catch { message = "\(error)" }
            #expect(message.contains(row.says))
            #expect(!message.contains("secret7"))
        }
    }

    @Test func `a server that is named takes the place of the one found`() throws {
        try Self.withFolder(["config": Self.kubeconfig()]) { folder in
            let found = try ClientConfiguration.load(kubeconfig: "\(folder)/config", server: "https://other:1/")
            #expect(found.server == "https://other:1" && found.credential == .token("abc"))
            let bare = try ClientConfiguration.load(
                kubeconfig: nil, server: "http://127.0.0.1:8001", environment: [:],
                account: ServiceAccountFolder(path: folder))
            #expect(bare.server == "http://127.0.0.1:8001" && bare.credential == .none)
        }
    }

    @Test func `the first of: KUBECONFIG, service account, home`() throws {
        let files = [
            "a": Self.kubeconfig(), "b": "current-context: here\nclusters: [{name: c, cluster: {server: 'https://b'}}]",
            "token": "sa\n", "ca.crt": "PEM", "namespace": "prod",
        ]
        try Self.withFolder(files) { folder in
            let account = ServiceAccountFolder(path: folder)
            let host = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"]
            let listed = host.merging(["KUBECONFIG": "\(folder)/b:\(folder)/missing:\(folder)/a"]) { $1 }
            let first = try ClientConfiguration.load(kubeconfig: nil, environment: listed, account: account)
            // The cluster of the first file stands, the context comes from the second.
            #expect(first.server == "https://b")
            #expect(first.credential == .token("abc"))
            let second = try ClientConfiguration.load(kubeconfig: nil, environment: host, account: account)
            #expect(second.server == "https://[fd00::1]:6443")
            #expect(second.credential == .tokenFile("\(folder)/token"))
            #expect(second.namespace == "prod")
            #expect(throws: ConfigurationError.self) {
                try ClientConfiguration.load(kubeconfig: nil, environment: ["HOME": folder], account: account)
            }
        }
    }
}
