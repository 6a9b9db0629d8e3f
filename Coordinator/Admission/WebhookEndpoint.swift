package import KubernetesAPI
import ServingAPI

/// One path the API server calls, and its entry in a webhook configuration. Paths and names are Kthena's, so that a
/// cluster that has its configurations needs no change.
package struct WebhookEndpoint: Sendable, Hashable {
    /// What is asked.
    package enum Purpose: String, Sendable {
        /// Whether an object may be stored.
        case validate
        /// How an object is completed.
        case mutate
    }

    package let purpose: Purpose
    package let kind: ResourceKind
    /// The path on the webhook port.
    package let path: String
    /// The entry's name in its configuration.
    package let name: String
    /// The name of the Validating- or MutatingWebhookConfiguration.
    package let configuration: String

    /// Every path that is served.
    package static let all: [WebhookEndpoint] = [
        WebhookEndpoint(
            purpose: .validate, kind: .modelServing, path: "/validate-workload-ai-v1alpha1-modelserving",
            name: "validate-workload-ai-v1alpha1-modelserving.volcano.sh", configuration: managerValidating),
        usual(.validate, .modelBooster, managerValidating), usual(.validate, .autoscalingPolicy, managerValidating),
        usual(.validate, .autoscalingPolicyBinding, managerValidating),
        usual(.validate, .modelRoute, routerValidating), usual(.validate, .modelServer, routerValidating),
        usual(.validate, .externalModelProvider, routerValidating),
        usual(.mutate, .modelBooster, managerMutating), usual(.mutate, .autoscalingPolicy, managerMutating),
    ]

    /// The configurations whose entries carry this server's authority.
    package static let configurations: [(kind: ResourceKind, name: String)] = [
        (.validatingWebhookConfiguration, managerValidating), (.mutatingWebhookConfiguration, managerMutating),
        (.validatingWebhookConfiguration, routerValidating),
    ]

    private static let managerValidating = "kthena-controller-manager-validating-webhook"
    private static let managerMutating = "kthena-controller-manager-mutating-webhook"
    private static let routerValidating = "kthena-router-validating-webhook"

    private static func usual(_ purpose: Purpose, _ kind: ResourceKind, _ configuration: String) -> WebhookEndpoint {
        let noun = kind.kind.lowercased()
        return WebhookEndpoint(
            purpose: purpose, kind: kind, path: "/\(purpose.rawValue)/\(noun)",
            name: "\(purpose.rawValue)-\(noun).volcano.sh",
            configuration: configuration)
    }
}

extension ResourceKind {
    package static let validatingWebhookConfiguration = ResourceKind(
        group: "admissionregistration.k8s.io", kind: "ValidatingWebhookConfiguration",
        plural: "validatingwebhookconfigurations", isNamespaced: false)
    package static let mutatingWebhookConfiguration = ResourceKind(
        group: "admissionregistration.k8s.io", kind: "MutatingWebhookConfiguration",
        plural: "mutatingwebhookconfigurations", isNamespaced: false)
}
