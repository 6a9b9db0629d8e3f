import Governance
import JSONValues
package import KubernetesAPI
import Crypto

/// The API keys of labelled Secrets, kept as hashes.
package struct APIKeyRing: Sendable {
    /// A Secret with this label, `true`, holds API keys: each entry of its data is one.
    package static let label = "martlet.dev/api-keys"
    /// On such a Secret: the user that its keys stand for; without it each entry's name is a user.
    package static let userAnnotation = "martlet.dev/user"

    private var callers: [SHA256Digest: Caller] = [:]

    package init() {}

    package init(secrets: [KubernetesObject]) {
        for secret in secrets {
            guard let data = secret.json["data"]?.object else { continue }
            for (name, value) in data {
                guard let text = value.string, let key = Self.key(text) else { continue }
                let user = secret.annotations[Self.userAnnotation] ?? name
                callers[SHA256.hash(data: key)] = Caller(
                    user: user, apiKey: "\(secret.namespace)/\(secret.name)/\(name)")
            }
        }
    }

    package var count: Int { callers.count }

    /// Whose key this is. Only hashes are compared, so the time it takes tells nothing of a key.
    func caller(_ digest: SHA256Digest) -> Caller? { callers[digest] }

    /// The key in the data of a Secret, without white space at its ends; nil when it is empty or no text.
    private static func key(_ base64: String) -> [UInt8]? {
        let letters = base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        guard var bytes = Base64URL.decode(letters) else { return nil }
        while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
        while let first = bytes.first, first <= 0x20 { bytes.removeFirst() }
        return bytes.isEmpty ? nil : bytes
    }
}
