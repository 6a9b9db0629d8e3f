import JSONValues
import KubernetesAPI

extension Kubeconfig {
    /// The name of the extension of a cluster entry that is handed to plugins.
    private static let extensionName = "client.authentication.k8s.io/exec"

    /// The credential plugin of a user entry (its `exec`); nil where it has none.
    static func plugin(of user: Entry, named name: String, for cluster: Entry) throws -> CredentialPlugin? {
        guard let exec = user.value["exec"], exec.object != nil else { return nil }
        func problem(_ text: String) -> ConfigurationError {
            ConfigurationError("\(user.file): the exec of the user '\(name)' \(text)")
        }
        let version = exec["apiVersion"]?.string ?? ""
        guard CredentialPlugin.versions.contains(version) else {
            throw problem("has the apiVersion '\(version)'; use \(CredentialPlugin.versions.joined(separator: " or "))")
        }
        guard let command = exec["command"]?.string, !command.isEmpty else { throw problem("has no command") }
        switch exec["interactiveMode"]?.string ?? "" {
        case "Never", "IfAvailable": break
        case "" where version.hasSuffix("/v1beta1"): break
        case "Always": throw problem("needs somebody at a terminal (interactiveMode Always), and there is none here")
        default: throw problem("has no interactiveMode; set it to Never or IfAvailable")
        }
        // A path is relative to the file that names it; a bare name is looked for on PATH.
        var plugin = CredentialPlugin(
            apiVersion: version, command: command.contains("/") ? absolute(command, folder: user.folder) : command)
        plugin.arguments = (exec["args"]?.elements ?? []).compactMap(\.string)
        for variable in exec["env"]?.elements ?? [] {
            guard let name = variable["name"]?.string, !name.isEmpty, !name.contains("="),
                let value = variable["value"]?.string
            else { throw problem("has an env entry without a name or a value") }
            plugin.environment.append(CredentialPlugin.Variable(name: name, value: value))
        }
        plugin.installHint = exec["installHint"]?.string ?? ""
        if exec["provideClusterInfo"]?.bool == true { plugin.cluster = try information(on: cluster) }
        return plugin
    }

    /// What a plugin is told of its cluster.
    private static func information(on cluster: Entry) throws -> JSONValue {
        let authority = try material("certificate-authority", in: cluster)
        let forPlugins = cluster.value["extensions"]?.elements.first { $0["name"]?.string == extensionName }
        return .members([
            "server": cluster.value["server"], "tls-server-name": cluster.value["tls-server-name"],
            "certificate-authority-data": authority.map { .string(Base64.encode($0)) },
            "config": forPlugins?["extension"],
        ])
    }
}
