import JSONValues
import KubernetesAPI
import ServingAPI

/// The status of an ExternalModelProvider: whether it can be used, and whether its credential is there; pure.
struct ProviderStatusMaker {
    let object: KubernetesObject
    let now: Timestamp

    /// `secret` is the one that its credential is in, if that is there.
    func status(_ secret: (ObjectKey) -> KubernetesObject?) -> JSONValue {
        var conditions = object.status["conditions"]?.elements.compactMap { Condition($0) } ?? []
        func set(_ type: String, _ holds: Bool, _ reason: String, _ message: String) {
            conditions.set(
                Condition(type, holds, reason: reason, message: message, at: now, observedGeneration: object.generation)
            )
        }
        do {
            let provider = try ExternalModelProvider(object)
            if let problem = provider.problems.first { throw problem }
            let key = provider.auth.map { ObjectKey(namespace: object.namespace, name: $0.secretName) }
            let credential = ProviderCredential.of(provider, in: key.flatMap(secret))
            let sentence = credential.sentence(for: provider)
            set("CredentialsResolved", credential.isUsable, credential.reason, sentence)
            if credential.isUsable {
                set("Ready", true, "Ready", "Requests go to \(provider.baseURL)")
            } else {
                set("Ready", false, credential.reason, sentence)
            }
        } catch {
            set("CredentialsResolved", false, "ConfigurationInvalid", "\(error)")
            set("Ready", false, "ConfigurationInvalid", "\(error)")
        }
        return [
            "observedGeneration": JSONValue(object.generation), "conditions": .array(conditions.map(\.json)),
        ]
    }
}
