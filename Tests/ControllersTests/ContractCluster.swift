import ClusterKit
import Controllers
import FoundationEssentials
import JSONValues
import KubernetesAPI
import KubernetesClient
import Manifests
import Observability
import ServingAPI

/// A cluster on which controllers prove themselves, with a namespace and a node of the test's own.
///
/// It is the real control plane where there is one, else the embedded one. Pods that are bound become ready at once on
/// both. Where MARTLET_E2E_RUN is set, coordinators and a kubelet's stand-in run beside that control plane already:
/// then the test looks at what they do, and they do it with the rights they are installed with.
struct ContractCluster: Sendable {
    let client: KubernetesClient
    let namespace: String

    private static let isControlled = ProcessInfo.processInfo.environment["MARTLET_E2E_RUN"] != nil

    static func with(_ body: @Sendable @escaping (ContractCluster) async throws -> Void) async throws {
        if let configuration = try RealServer.named?.configuration() {
            try await use(configuration, body)
        } else {
            try await EmbeddedServer.with { try await use($0.configuration, body) }
        }
    }

    private static func use(
        _ configuration: ClientConfiguration, _ body: @Sendable @escaping (ContractCluster) async throws -> Void
    ) async throws {
        let client = try KubernetesClient(configuration, logger: .silent)
        let cluster = ContractCluster(client: client, namespace: "bridge-\(UUID().uuidString.lowercased())")
        var failure: (any Error)?
        do {
            try await cluster.prepare()
            try await beside(isControlled ? [] : FakeNodes(client).services) {
                do {
                    try await body(cluster)
                } catch {
                    await cluster.clean()
                    throw error
                }
                await cluster.clean()
            }
        } catch {
            failure = error
        }
        try await client.shutdown()
        if let failure { throw failure }
    }

    /// Runs the controllers for as long as `body` takes.
    func controlling(_ body: @Sendable @escaping () async throws -> Void) async throws {
        let set = ControllerSet(client: client, metrics: MetricsRegistry(), logger: .silent)
        try await beside(ContractCluster.isControlled ? [] : set.services, body)
    }

    /// Creates an object of the test's namespace.
    @discardableResult func create(_ kind: ResourceKind, _ object: KubernetesObject) async throws -> KubernetesObject {
        var object = object
        for field in ["uid", "generation"] { object.json[path: "metadata", field] = nil }
        object.namespace = namespace
        return try await client.create(kind, object)
    }

    func find(_ kind: ResourceKind, _ name: String) async throws -> KubernetesObject? {
        do {
            return try await client.get(kind, namespace: namespace, name: name)
        } catch let status as APIStatus where status.code == 404 {
            return nil
        }
    }

    func names(_ kind: ResourceKind) async throws -> [String] {
        do {
            return try await client.list(kind, namespace: namespace).items.map(\.name).sorted()
        } catch let status as APIStatus where status.code == 404 {
            return []
        }
    }

    func pods() async throws -> [Pod] {
        try await client.list(.pod, namespace: namespace).items.map { Pod($0) }.sorted { $0.key < $1.key }
    }

    /// Whether the objects of a kind are exactly these, and so many pods exist.
    func has(_ names: [String], of kind: ResourceKind, pods count: Int) async throws -> Bool {
        guard try await self.names(kind) == names else { return false }
        return try await pods().count == count
    }

    /// Puts a definition in the place of any other of its name and waits until its kind is served.
    func install(_ definition: KubernetesObject, serving kind: ResourceKind) async throws {
        try await remove(definitionOf: kind)
        _ = try await client.create(.customResourceDefinition, definition)
        try await eventually("\(kind.plural) are served") {
            do {
                _ = try await client.list(kind)
                return true
            } catch let status as APIStatus where [404, 503].contains(status.code) {
                return false
            }
        }
    }

    /// Removes a definition, if there is one, and waits until its kind is not served.
    func remove(definitionOf kind: ResourceKind) async throws {
        let name = "\(kind.plural).\(kind.group)"
        do {
            try await client.delete(.customResourceDefinition, name: name)
        } catch let status as APIStatus where status.code == 404 {
            return
        }
        try await eventually("\(kind.plural) are gone") {
            do {
                _ = try await client.get(.customResourceDefinition, name: name)
                return false
            } catch let status as APIStatus where status.code == 404 {
                return true
            }
        }
    }

    private func prepare() async throws {
        _ = try await client.create(.namespace, KubernetesObject(.namespace, name: namespace))
        for file in try FileManager.default.contentsOfDirectory(atPath: EmbeddedServer.crds) {
            let text = try String(contentsOfFile: "\(EmbeddedServer.crds)/\(file)", encoding: .utf8)
            for document in try Manifest.documents(text, source: file) {
                let definition = KubernetesObject(document)
                guard definition.spec[path: "names", "kind"] == "ModelServing" else { continue }
                // The controllers' own kind stays in place where it is.
                if (try? await client.list(.modelServing)) == nil {
                    try await install(definition, serving: .modelServing)
                }
            }
        }
        _ = try await client.create(.node, KubernetesObject(.node, name: namespace))
        let allocatable: JSONValue = ["cpu": "256", "memory": "1Ti", "pods": "200"]
        _ = try await client.patch(
            .node, name: namespace, subresource: "status",
            .merge(["status": ["allocatable": allocatable, "capacity": allocatable]]))
        // A control plane taints what no node reports for.
        _ = try await client.patch(.node, name: namespace, .merge(["spec": ["taints": .null]]))
    }

    private func clean() async {
        for kind in [ResourceKind.podGroup, .leaderWorkerSet] { try? await remove(definitionOf: kind) }
        for name in (try? await names(.modelServing)) ?? [] {
            try? await client.delete(.modelServing, namespace: namespace, name: name)
        }
        try? await eventually("pods are gone") { try await pods().isEmpty }
        try? await client.delete(.node, name: namespace)
        try? await client.delete(.namespace, name: namespace)
    }
}
