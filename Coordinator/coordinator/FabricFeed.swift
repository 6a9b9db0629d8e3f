import Controllers
import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import Routing
import ServingAPI
import Synchronization

/// Which parts of the fabric each node is in, as the cluster says at the moment. Routes do not wait for it: without it
/// every other node is far.
final class FabricFeed: Sendable {
    private struct State {
        var labels: [String: [String: String]] = [:]
        var domains: [String: [Endpoint.Domain]] = [:]
    }

    let informers: [Informer]
    private let nodes: Informer
    private let hyperNodes: Informer
    private let state = Mutex(State())

    init(_ client: KubernetesClient, logger: Logger) {
        nodes = Informer(client, .node, keeping: Self.excerpt, logger: logger)
        hyperNodes = Informer(client, .hyperNode, isOptional: true, logger: logger)
        informers = [nodes, hyperNodes]
    }

    var domains: [String: [Endpoint.Domain]] { state.withLock { $0.domains } }

    /// Calls `changed` whenever a node got into another part.
    func onChange(_ changed: @escaping @Sendable () -> Void) {
        nodes.onChange { [weak self] event in
            guard let self, self.differs(event) else { return }
            if self.read() { changed() }
        }
        hyperNodes.onChange { [weak self] _ in
            if self?.read() == true { changed() }
        }
    }

    /// Nodes report every few seconds, almost never with other labels.
    private func differs(_ event: InformerEvent) -> Bool {
        var labels: [String: String]? = event.object.labels
        if case .deleted = event { labels = nil }
        return state.withLock { state in
            let before = state.labels.updateValue(labels ?? [:], forKey: event.object.name)
            if labels == nil { state.labels[event.object.name] = nil }
            return before != labels
        }
    }

    private func read() -> Bool {
        let domains = NodeDomains.byNode(nodes: nodes.objects, hyperNodes: hyperNodes.objects)
        return state.withLock { state in
            defer { state.domains = domains }
            return state.domains != domains
        }
    }

    private static func excerpt(of node: KubernetesObject) -> KubernetesObject {
        var kept = KubernetesObject(.node, namespace: "", name: node.name)
        for field in ["uid", "resourceVersion", "labels"] {
            kept.json[path: "metadata", field] = node.json[path: "metadata", field]
        }
        return kept
    }
}
