import AgentProtocol
import KubernetesAPI
import Routing
import ServingAPI

extension RouteCatalog {
    /// A ModelServer with its endpoints among the ready pods of its namespace.
    static func target(
        _ server: ModelServer, _ pods: [Pod], _ domains: [String: [Endpoint.Domain]]
    ) -> TargetServer {
        let selector = server.workloadSelector
        let chosen = pods.filter { pod in
            selector.matchLabels.allSatisfy { pod.object.labels[$0.key] == $0.value } && isEntry(pod)
        }
        var target = TargetServer(
            name: ObjectName(server.key), model: server.model,
            engine: server.inferenceEngine == .vLLM ? .vLLM : .sgLang,
            endpoints: chosen.flatMap { endpoints($0, server, domains) }.sorted { $0.engine < $1.engine })
        target.scheme = server.workloadPort.scheme == .https ? .https : .http
        target.connector = connector(of: server)
        target.timeout = server.trafficPolicy.timeout
        target.retry = server.trafficPolicy.retry.map { .init(attempts: max(0, $0.attempts), interval: $0.interval) }
        target.isDisaggregated = selector.pdGroup != nil
        return target
    }

    /// SGLang's engines meet in rooms whichever way the bytes go; only a store that they share, which has to be asked
    /// for, makes that unnecessary.
    private static func connector(of server: ModelServer) -> TargetServer.Connector {
        switch (server.kvConnector, server.inferenceEngine) {
        case (.http, .sglang) where !server.namesConnector: .bootstrap
        case (.http, _): .http
        case (.lmcache, _): .lmcache
        case (.nixl, .sglang), (.mooncake, .sglang): .bootstrap
        case (.nixl, .vLLM): .nixl
        case (.mooncake, .vLLM): .mooncake
        }
    }

    /// A pod of a role replica serves only when it is the replica's entry; a pod without our labels serves always.
    static func isEntry(_ pod: Pod) -> Bool {
        let labels = pod.object.labels
        return labels[Keys.Label.role] == nil || labels[Keys.Label.entry] == "true"
    }

    /// One endpoint for a plain server; for a disaggregated one an endpoint if the pod has a group and a role.
    private static func endpoints(
        _ pod: Pod, _ server: ModelServer, _ domains: [String: [Endpoint.Domain]]
    ) -> [Endpoint] {
        guard let host = pod.podIP, !host.isEmpty else { return [] }
        let engine = EngineID(
            namespace: pod.object.namespace, pod: pod.object.name, port: server.workloadPort.port)
        let node = pod.nodeName ?? ""
        guard let pairing = server.workloadSelector.pdGroup else {
            return [Endpoint(engine: engine, host: host, node: node)]
        }
        let labels = pod.object.labels
        guard let group = labels[pairing.groupKey], !group.isEmpty else { return [] }
        func matches(_ wanted: [String: String]) -> Bool { wanted.allSatisfy { labels[$0.key] == $0.value } }
        let role: Endpoint.Role =
            matches(pairing.prefillLabels) ? .prefill : matches(pairing.decodeLabels) ? .decode : .none
        guard role != .none else { return [] }
        return [
            Endpoint(
                engine: engine, host: host, node: node, role: role, group: group, domains: domains[node] ?? [],
                bootstrapPort: BootstrapPort.of(pod) ?? Endpoint.bootstrapPortDefault)
        ]
    }
}
