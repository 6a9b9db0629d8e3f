import ServiceLifecycle

/// Closes an API client at shutdown; first in a program's list of services, so that it stops last.
package struct ClientLifetime: Service {
    private let client: KubernetesClient

    package init(_ client: KubernetesClient) { self.client = client }

    package func run() async throws {
        try? await gracefulShutdown()
        try await client.shutdown()
    }
}
