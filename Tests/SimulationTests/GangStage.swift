import ClusterKit
import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import Manifests
import ServingAPI
import Synchronization
import SystemFiles

/// Nodes, HyperNodes and ModelServings of a history on an API server, and a record of every binding its watch shows.
struct GangStage: Sendable {
    private let client: KubernetesClient
    private let record: Record

    /// The bindings in the order of the watch.
    final class Record: Sendable {
        private let seen = Mutex<(list: [(pod: ObjectKey, node: String)], uids: Set<String>)>(([], []))

        var all: [(pod: ObjectKey, node: String)] { seen.withLock { $0.list } }

        func take(_ event: InformerEvent) {
            let pod = Pod(event.object)
            guard let node = pod.nodeName else { return }
            seen.withLock { if $0.uids.insert(pod.uid).inserted { $0.list.append((pod.key, node)) } }
        }
    }

    var bindings: [(pod: ObjectKey, node: String)] { record.all }

    private static let allocatable: JSONValue = [
        "cpu": "64", "memory": "512Gi", "pods": "110", "nvidia.com/gpu": .string("\(GangHistory.gpus)"),
    ]

    /// Sets a stage up for as long as `body` takes, and clears it.
    static func with(
        _ history: GangHistory, _ kubeconfig: String, _ body: @Sendable @escaping (GangStage) async throws -> Void
    ) async throws {
        let client = try KubernetesClient(ClientConfiguration.load(kubeconfig: kubeconfig), logger: .silent)
        let stage = GangStage(client: client, record: Record())
        do {
            try await stage.install()
            let machines = FakeNodes(client)
            try await machines.add(history.nodes, allocatable: allocatable)
            for object in history.hyperNodes() { try await stage.make(.hyperNode, object) }
            let pods = Informer(client, .pod, namespace: "default", logger: .silent)
            pods.onChange { stage.record.take($0) }
            try await beside([pods] + machines.services) {
                await pods.waitUntilSynced()
                for object in history.modelServings() { try await stage.make(.modelServing, object) }
                try await body(stage)
                try await stage.clear(history)
            }
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    func readyPods() async throws -> Int {
        try await client.list(.pod, namespace: "default").items.count { Pod($0).isReady }
    }

    /// The definitions of this package and of others' kinds that the coordinator follows, where they are not there.
    private func install() async throws {
        for file in Files.names(in: EmbeddedServer.crds).sorted() where file.hasSuffix(".yaml") {
            let path = "\(EmbeddedServer.crds)/\(file)"
            for document in try Manifest.documents(Files.text(path), source: path) {
                try await make(.customResourceDefinition, KubernetesObject(document))
            }
        }
        // A control plane whose definitions live in another server says of a group without any that it is starting.
        for kind in [ResourceKind.hyperNode, .podGroup, .leaderWorkerSet] {
            try await make(.customResourceDefinition, KubernetesObject(GangStage.definition(of: kind)))
        }
        for kind in [ResourceKind.modelServing, .hyperNode, .podGroup, .leaderWorkerSet] {
            try await eventually("\(kind.kind)s to be served") { (try? await client.list(kind)) != nil }
        }
    }

    private func make(_ kind: ResourceKind, _ object: KubernetesObject) async throws {
        do {
            _ = try await client.create(kind, object)
        } catch let status as APIStatus where status.reason == .alreadyExists {
            // Somebody's before us; it is the same.
        }
    }

    /// Takes away what the next history must not meet.
    private func clear(_ history: GangHistory) async throws {
        for object in history.modelServings() {
            try await client.delete(.modelServing, namespace: object.namespace, name: object.name)
        }
        try await eventually("all pods to be gone", within: .seconds(120)) {
            try await client.list(.pod, namespace: "default").items.isEmpty
        }
        for object in history.hyperNodes() { try await client.delete(.hyperNode, name: object.name) }
        for index in 0..<history.nodes { try await client.delete(.node, name: GangHistory.nodeName(index)) }
    }

    private static func definition(of kind: ResourceKind) -> JSONValue {
        [
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": ["name": .string("\(kind.plural).\(kind.group)")],
            "spec": [
                "group": .string(kind.group), "scope": kind.isNamespaced ? "Namespaced" : "Cluster",
                "names": [
                    "kind": .string(kind.kind), "listKind": .string("\(kind.kind)List"), "plural": .string(kind.plural),
                    "singular": .string(kind.kind.lowercased()),
                ],
                "versions": [
                    [
                        "name": .string(kind.version), "served": true, "storage": true,
                        "schema": [
                            "openAPIV3Schema": ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
                        ],
                    ]
                ],
            ],
        ]
    }
}
