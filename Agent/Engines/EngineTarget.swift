import AgentProtocol
import JSONValues

/// An engine that a pod is made to run: what can be known of it before it answers.
struct EngineTarget: Sendable, Hashable {
    var id: EngineID
    var kind: EngineKind
    var podUID: String
    var node: String
    var host: String
    var restartCount: Int
    var models: [String]
    /// Ranks behind the address.
    var rankCount: Int
    /// Tokens a block; 0 where the engine chooses.
    var blockSize: Int
    var events: KVEventSettings?
    /// How it names blocks, as far as its settings tell.
    var naming: BlockNaming?
    /// Loopback addresses of the engine are this agent's too.
    var sharesLoopback: Bool
    /// Where its tokenizer's files are; nil where that is not known.
    var modelLocation: ModelLocation?

    /// The engines of a pod; none while it has no address.
    static func targets(of pod: EngineCandidate) -> [EngineTarget] {
        guard !pod.ip.isEmpty else { return [] }
        var targets: [EngineTarget] = []
        for container in pod.containers {
            guard let command = EngineCommand(container: container) else { continue }
            let target = EngineTarget(pod: pod, container: container, command: command)
            if !targets.contains(where: { $0.id == target.id }) { targets.append(target) }
        }
        return targets
    }

    private init(pod: EngineCandidate, container: JSONValue, command: EngineCommand) {
        let flags = command.flags
        kind = command.kind
        let port = command.port ?? EngineTarget.containerPort(container) ?? kind.defaultPort
        id = EngineID(namespace: pod.namespace, pod: pod.name, port: port)
        podUID = pod.uid
        node = pod.node
        host = pod.ip
        restartCount = pod.restartCount
        let model = flags.string("model", "model-path", "model-id") ?? flags.positional
        let served = flags.values["served-model-name"] ?? []
        models = served.isEmpty ? [model].compactMap(\.self) : served
        rankCount = max(
            1, flags.integer("data-parallel-size-local", "dpl") ?? flags.integer("data-parallel-size", "dp") ?? 1)
        blockSize = flags.integer("block-size", "page-size", "tokens-per-block") ?? 0
        events = flags.object("kv-events-config").flatMap { [kind] in KVEventSettings($0, kind: kind) }
        naming = BlockNaming(
            kind, algorithm: flags.string("prefix-caching-hash-algo"), seed: command.environment["PYTHONHASHSEED"])
        modelLocation = ModelLocation(command, container: container, pod: pod)
        sharesLoopback = pod.isHostNetwork || pod.ip.hasPrefix("127.") || pod.ip == "::1"
    }

    private static func containerPort(_ container: JSONValue) -> Int? {
        let ports = container["ports"]?.elements ?? []
        return (ports.first { $0["name"]?.string == "http" } ?? ports.first)?["containerPort"]?.integer
    }
}
