import AsyncHTTPClient
import Daemon
import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import NIOCore
import ServiceLifecycle
import SystemFiles

/// What happens once, after the API server answers: standard objects, then the children, then the user's manifests,
/// then the note that everything is up.
struct Bootstrap: Service {
    /// Seconds the parts get to become ready.
    static let readySecondsMax = 60

    var directory: DataDirectory
    var addresses: Addresses
    var manifests: [KubernetesObject]
    var clusterReady: Latch
    var childrenMayStart: Latch
    var everythingIsUp: Latch
    var logger: Logger

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await prepareAll() }
        } catch is CancellationError {
            return
        }
        try? await gracefulShutdown()
    }

    private func prepareAll() async throws {
        await clusterReady.wait()
        try Task.checkCancellation()
        let client = try KubernetesClient(
            ClientConfiguration.load(kubeconfig: directory.kubeconfig), logger: logger)
        do {
            try await prepare(client)
            try await client.shutdown()
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func prepare(_ client: KubernetesClient) async throws {
        try await publishGateway(client)
        childrenMayStart.open()
        try await waitUntilReady("coordinator", addresses.coordinator)
        try await waitUntilReady("agent", addresses.agent)
        try await ManifestFiles.apply(manifests, with: client, logger: logger)
        let lines = [
            "gateway http://\(addresses.gateway)", "api https://\(addresses.api)",
            "coordinator http://\(addresses.coordinator)", "agent http://\(addresses.agent)",
            "kubeconfig \(directory.kubeconfig)",
        ]
        everythingIsUp.open()
        try Files.write(lines.joined(separator: "\n") + "\n", to: directory.addresses)
        logger.info(
            "Martlet is up",
            metadata: [
                "gateway": "http://\(addresses.gateway)", "kubeconfig": .string(directory.kubeconfig),
                "dataDirectory": .string(directory.path),
            ])
    }

    /// The Service that clients of Kthena look the router's address up in.
    private func publishGateway(_ client: KubernetesClient) async throws {
        _ = try await created(.namespace, KubernetesObject(.namespace, name: "kthena-system"), client)
        var service = KubernetesObject(.service, namespace: "kthena-system", name: "kthena-router")
        service.labels = ["app.kubernetes.io/component": "kthena-router"]
        let port: JSONValue = [
            "name": "http", "port": JSONValue(addresses.gateway.port), "protocol": "TCP",
            "targetPort": JSONValue(addresses.gateway.port),
        ]
        service.spec = ["type": "LoadBalancer", "ports": [port]]
        let stored = try await created(.service, service, client)
        if stored.spec["ports"]?[0]?["port"] != port["port"] {
            _ = try await client.patch(
                .service, namespace: service.namespace, name: service.name, .merge(["spec": ["ports": [port]]]))
        }
        let status: JSONValue = ["loadBalancer": ["ingress": [["ip": .string(addresses.gateway.host)]]]]
        _ = try await client.patch(
            .service, namespace: service.namespace, name: service.name, subresource: "status",
            .merge(["status": status]))
    }

    private func created(
        _ kind: ResourceKind, _ object: KubernetesObject, _ client: KubernetesClient
    ) async throws -> KubernetesObject {
        do {
            return try await client.create(kind, object)
        } catch let error as APIStatus where error.reason == .alreadyExists {
            return try await client.get(kind, namespace: object.namespace, name: object.name)
        }
    }

    private func waitUntilReady(_ name: String, _ address: ListenAddress) async throws {
        for _ in 0..<Self.readySecondsMax * 10 {
            if (try? await AdminPort.read("http://\(address)/readyz")) != nil { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw StartupError(
            "The \(name) is not ready after \(Self.readySecondsMax) s; its log \(directory.log(of: name)) says why")
    }
}
