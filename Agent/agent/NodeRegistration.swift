import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import Observability
import ServiceLifecycle

/// Keeps the Node objects of a standalone agent as it declares them; a real cluster's kubelet does this there.
struct NodeRegistration: Service {
    var client: KubernetesClient
    var nodes: [StandaloneConfiguration.DeclaredNode]
    /// The agent's HTTP port, where the API server fetches container logs.
    var port: Int
    var logger: Logger

    /// Pods a declared node takes at most, as kubelet's default.
    static let podsMax: Int64 = 110

    /// Seconds before a registration that failed is tried again.
    static let retrySeconds: Int64 = 2

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await register(now: Timestamp(microseconds: WallClock.microseconds))
                    break
                } catch {
                    logger.warning("Could not register Nodes", metadata: ["err": "\(error)"])
                    try await Task.sleep(for: .seconds(Self.retrySeconds))
                }
            }
        }
        try? await gracefulShutdown()
    }

    /// Creates missing nodes and writes the status of those that differ.
    func register(now: Timestamp) async throws {
        for node in nodes {
            let stored: KubernetesObject
            do {
                stored = try await client.get(.node, name: node.name)
            } catch let error as APIStatus where error.reason == .notFound {
                stored = try await client.create(.node, object(of: node))
                logger.info("Registered Node", metadata: ["node": .string(node.name)])
            }
            try await update(stored, node, now)
        }
    }

    private func object(of node: StandaloneConfiguration.DeclaredNode) -> KubernetesObject {
        var object = KubernetesObject(.node, name: node.name)
        object.labels = labels(of: node)
        return object
    }

    private func labels(of node: StandaloneConfiguration.DeclaredNode) -> [String: String] {
        ["kubernetes.io/hostname": node.name, "kubernetes.io/os": "linux", "martlet.dev/standalone": "true"]
            .merging(node.labels) { $1 }
    }

    private func update(
        _ stored: KubernetesObject, _ node: StandaloneConfiguration.DeclaredNode, _ now: Timestamp
    ) async throws {
        if !labels(of: node).allSatisfy({ stored.labels[$0.key] == $0.value }) {
            let patch: JSONValue = ["metadata": ["labels": .strings(labels(of: node))]]
            _ = try await client.patch(.node, name: node.name, .merge(patch))
        }
        var status = stored.status
        var offers = node.resources
        offers["pods"] = offers["pods"] ?? Quantity(Self.podsMax)
        let resources = JSONValue.strings(offers.mapValues(\.description))
        status["capacity"] = resources
        status["allocatable"] = resources
        status["addresses"] = [
            ["type": "InternalIP", "address": "127.0.0.1"], ["type": "Hostname", "address": .string(node.name)],
        ]
        status[path: "daemonEndpoints", "kubeletEndpoint", "Port"] = JSONValue(port)
        status["nodeInfo"] = [
            "kubeletVersion": "v1.36.0-martlet", "operatingSystem": "linux", "architecture": "amd64",
            "containerRuntimeVersion": "process://1", "osImage": "local processes", "kernelVersion": "", "machineID": "",
            "systemUUID": "", "bootID": "", "kubeProxyVersion": "",
        ]
        var conditions = stored.status["conditions"]?.elements.compactMap { Condition($0) } ?? []
        conditions.set(
            Condition("Ready", true, reason: "AgentReady", message: "The agent runs pods on this node", at: now))
        status["conditions"] = .array(conditions.map(\.json))
        if status != stored.status {
            _ = try await client.patch(.node, name: node.name, subresource: "status", .merge(["status": status]))
        }
    }
}
