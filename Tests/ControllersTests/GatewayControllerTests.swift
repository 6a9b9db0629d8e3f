import ClusterKit
import Controllers
import GatewayAPI
import JSONValues
import KubernetesAPI
import KubernetesClient
import Observability
import Reconciliation
import ServingAPI
import Testing

/// The Gateway API on an embedded server: defaults made, statuses told.
struct GatewayControllerTests {
    /// Runs the controllers of the Gateway API for as long as `body` takes.
    static func with(_ body: @Sendable @escaping (RunningCluster) async throws -> Void) async throws {
        try await RunningCluster.with { cluster in
            var configuration = ControllerSet.Configuration()
            configuration.selection = try ControllerSelection(
                "gatewayapi,externalmodelprovider", known: ControllerSet.names)
            configuration.gateways = .init(namespace: "default", port: 8080, hasInference: true) {
                $0 == 8082 ? "Cannot listen on 0.0.0.0:8082: the port is in use." : nil
            }
            let set = ControllerSet(
                client: cluster.client, metrics: MetricsRegistry(), logger: .silent, configuration: configuration)
            try await beside(set.services) { try await body(cluster) }
        }
    }

    static func holds(_ type: String, _ json: JSONValue?) -> Bool {
        (json?["conditions"]?.elements.compactMap { Condition($0) } ?? []).holds(type)
    }

    @Test func `defaults are made once the kinds are there, and every object is told what became of it`() async throws {
        try await Self.with { cluster in
            let client = cluster.client
            for definition in GatewayDefinitions.all {
                _ = try await client.create(.customResourceDefinition, definition)
            }
            try await cluster.wait("the default Gateway to be programmed") {
                let gateway = try? await client.get(.gateway, namespace: "default", name: "default")
                return Self.holds("Programmed", gateway?.status)
            }
            let ownClass = try await client.get(.gatewayClass, name: "kthena-router")
            #expect(ownClass.spec["controllerName"]?.string == "volcano.sh/kthena-router")
            try await cluster.wait("the class to be accepted") {
                Self.holds("Accepted", try await client.get(.gatewayClass, name: "kthena-router").status)
            }
            // The route comes before its Gateway.
            try await Self.createRoute(client)
            try await Self.createGateway("late", port: 8081, client)
            try await Self.createGateway("closed", port: 8082, client)
            try await cluster.wait("the route to be accepted") {
                let route = try await client.get(.httpRoute, namespace: "default", name: "r")
                let parent = route.status["parents"]?[0]
                return Self.holds("Accepted", parent) && Self.holds("ResolvedRefs", parent)
            }
            try await cluster.wait("the pool and the listener to know of it") {
                let pool = try await client.get(.inferencePool, namespace: "default", name: "p")
                let late = try await client.get(.gateway, namespace: "default", name: "late")
                return Self.holds("Accepted", pool.status["parents"]?[0])
                    && late.status["listeners"]?[0]?["attachedRoutes"]?.integer == 1
            }
            try await cluster.wait("the closed port to be told") {
                let closed = try await client.get(.gateway, namespace: "default", name: "closed")
                let conditions = closed.status["conditions"]?.elements.compactMap { Condition($0) } ?? []
                return conditions.contains { $0.type == "Programmed" && $0.message.contains("in use") }
            }
            try await client.delete(.gateway, namespace: "default", name: "late")
            try await cluster.wait("the route and the pool to be let go") {
                let route = try await client.get(.httpRoute, namespace: "default", name: "r")
                let pool = try await client.get(.inferencePool, namespace: "default", name: "p")
                return route.status["parents"]?.elements.isEmpty == true
                    && pool.status["parents"]?.elements.isEmpty == true
            }
        }
    }

    private static func createRoute(_ client: KubernetesClient) async throws {
        var route = KubernetesObject(.httpRoute, namespace: "default", name: "r")
        route.spec = [
            "parentRefs": [["name": "late"]],
            "rules": [
                [
                    "backendRefs": [
                        ["group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "p"]
                    ]
                ]
            ],
        ]
        _ = try await client.create(.httpRoute, route)
        var pool = KubernetesObject(.inferencePool, namespace: "default", name: "p")
        pool.spec = ["selector": ["matchLabels": ["app": "a"]], "targetPorts": [["number": 8000]]]
        _ = try await client.create(.inferencePool, pool)
    }

    private static func createGateway(_ name: String, port: Int, _ client: KubernetesClient) async throws {
        var gateway = KubernetesObject(.gateway, namespace: "default", name: name)
        gateway.spec = [
            "gatewayClassName": "kthena-router",
            "listeners": [["name": "http", "port": JSONValue(port), "protocol": "HTTP"]],
        ]
        _ = try await client.create(.gateway, gateway)
    }

    @Test func `a provider tells whether its credential is there`() async throws {
        try await Self.with { cluster in
            let client = cluster.client
            var provider = KubernetesObject(.externalModelProvider, namespace: "default", name: "cloud")
            provider.spec = [
                "baseURL": "https://api.example/v1", "auth": ["secretRef": ["name": "s", "key": "token"]],
            ]
            _ = try await client.create(.externalModelProvider, provider)
            func reasons() async throws -> [String] {
                let status = try await client.get(.externalModelProvider, namespace: "default", name: "cloud").status
                return (status["conditions"]?.elements.compactMap { Condition($0) } ?? []).map {
                    "\($0.type)=\($0.status)/\($0.reason)"
                }
            }
            try await cluster.wait("the missing Secret to be told") {
                try await reasons() == [
                    "CredentialsResolved=False/CredentialNotFound", "Ready=False/CredentialNotFound",
                ]
            }
            var secret = KubernetesObject(.secret, namespace: "default", name: "s")
            secret.labels = [ProviderCredential.label: "true"]
            secret.json["data"] = ["token": .string(Base64.encode(Array("t".utf8)))]
            _ = try await client.create(.secret, secret)
            try await cluster.wait("the provider to be ready") {
                try await reasons() == ["CredentialsResolved=True/CredentialResolved", "Ready=True/Ready"]
            }
        }
    }
}
