import JSONValues
package import KubernetesAPI

/// What became of a provider's credential: whether it is there, and why not.
package enum ProviderCredential: Sendable, Hashable {
    /// The provider names none.
    case notRequired
    /// The text to send, without blanks and line ends around it.
    case resolved(String)
    /// The Secret is not there, or has not the label that lets it be read.
    case secretMissing
    case keyMissing
    /// Empty, not UTF-8, or with a line end or another control character inside.
    case invalid

    /// The label, and its value, of Secrets that may hold a credential of a provider.
    package static let label = "networking.serving.volcano.sh/external-model-provider-credential"
    package static let labelSelector = "\(label)=true"

    /// Reads the credential of a provider from its Secret, if that is there.
    package static func of(_ provider: ExternalModelProvider, in secret: KubernetesObject?) -> ProviderCredential {
        guard let auth = provider.auth else { return .notRequired }
        guard let secret, secret.labels[label] == "true" else { return .secretMissing }
        guard let encoded = secret.json[path: "data", auth.secretKey]?.string else { return .keyMissing }
        guard let bytes = Base64.decode(encoded), let text = String(validating: bytes, as: UTF8.self) else {
            return .invalid
        }
        var value = text.unicodeScalars[...]
        while let last = value.last, last.value <= 32 { value.removeLast() }
        while let first = value.first, first.value <= 32 { value.removeFirst() }
        guard !value.isEmpty, !value.contains(where: { $0.value < 32 || $0.value == 127 }) else { return .invalid }
        return .resolved(String(value))
    }

    /// The reason of the `CredentialsResolved` condition.
    package var reason: String {
        switch self {
        case .notRequired: "CredentialNotRequired"
        case .resolved: "CredentialResolved"
        case .secretMissing: "CredentialNotFound"
        case .keyMissing: "CredentialKeyNotFound"
        case .invalid: "CredentialInvalid"
        }
    }

    package var isUsable: Bool {
        switch self {
        case .notRequired, .resolved: true
        case .secretMissing, .keyMissing, .invalid: false
        }
    }

    /// One sentence about the credential of a provider, without the credential.
    package func sentence(for provider: ExternalModelProvider) -> String {
        let secret = "Secret \(provider.key.namespace)/\(provider.auth?.secretName ?? "")"
        let key = provider.auth?.secretKey ?? ""
        return switch self {
        case .notRequired: "No credential is sent"
        case .resolved: "\(secret) holds the credential"
        case .secretMissing: "\(secret) is missing or lacks the label \(Self.label): \"true\"; create or label it"
        case .keyMissing: "\(secret) has no key '\(key)'; add it or change auth.secretRef.key"
        case .invalid: "The key '\(key)' of \(secret) is empty or has a line end inside; write the credential anew"
        }
    }
}
