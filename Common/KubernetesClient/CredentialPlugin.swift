package import JSONValues

/// A program that gives a client its credentials, as the `exec` of a kubeconfig user names it.
package struct CredentialPlugin: Sendable, Hashable {
    /// A variable of the program's environment.
    package struct Variable: Sendable, Hashable {
        package var name: String
        package var value: String
    }

    /// Versions of `client.authentication.k8s.io` that are spoken.
    static let versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]

    /// The version the program is asked in and has to answer in.
    package var apiVersion: String
    /// A path, or a name to be found on PATH.
    package var command: String
    package var arguments: [String] = []
    /// Set on top of this process's own environment.
    package var environment: [Variable] = []
    /// What to tell somebody who does not have the program; empty for nothing.
    package var installHint = ""
    /// The cluster, for a program that asked to be told; nil where it did not.
    package var cluster: JSONValue?

    /// What the program is asked, for its environment.
    var question: JSONValue {
        [
            "kind": "ExecCredential", "apiVersion": .string(apiVersion),
            "spec": .members(["interactive": false, "cluster": cluster]),
        ]
    }
}
