import AgentProtocol
import Fleet
import JSONValues
import KubernetesAPI
import Routing

/// One pod that gets traffic, with what its engine's agent reports.
struct PodDump: Sendable {
    private let key: ObjectKey
    private let object: KubernetesObject?
    private let engine: String
    private let states: [EngineState]
    private let servers: [String]

    /// Every pod behind some ModelServer or InferencePool, by namespace and name.
    static func all(_ sources: ConfigDump.Sources) -> [PodDump] {
        var targets: [ObjectKey: [(target: TargetServer, endpoint: Endpoint)]] = [:]
        for target in sources.table.targets where target.external == nil {
            for endpoint in target.endpoints {
                let key = ObjectKey(namespace: endpoint.engine.namespace, name: endpoint.engine.pod)
                targets[key, default: []].append((target, endpoint))
            }
        }
        return targets.sorted { ($0.key.namespace, $0.key.name) < ($1.key.namespace, $1.key.name) }.map { key, uses in
            let engines = Set(uses.map(\.endpoint.engine)).sorted()
            let servers = uses.map(\.target).filter { $0.backend == .modelServer }
            let states = engines.compactMap { sources.fleet[$0] }
            return PodDump(
                key: key, object: sources.pods[key],
                engine: servers.first?.engine.rawValue ?? states.first?.description.kind.rawValue ?? "",
                states: states, servers: Set(servers.map(\.name.description)).sorted())
        }
    }

    var json: JSONValue {
        [
            "name": .string(key.name), "namespace": .string(key.namespace), "podInfo": podInfo,
            "engine": .string(engine), "metrics": metrics,
            "models": .array(
                Set(states.flatMap { $0.description.models + $0.description.adapters }).sorted().map { .string($0) }),
            "modelServers": .array(servers.map { .string($0) }),
        ]
    }

    private var podInfo: JSONValue {
        .members([
            "podIP": object?.status["podIP"] ?? "", "nodeName": object?.spec["nodeName"] ?? "",
            "phase": object?.status["phase"] ?? "", "startTime": object?.status["startTime"],
            "labels": object?.json[path: "metadata", "labels"] ?? [:],
        ])
    }

    /// Times in seconds. Of several engines in a pod the requests are added, and of the rest the worst counts.
    private var metrics: JSONValue {
        let loads = states.filter(\.isReachable).map(\.load)
        func worst(_ value: (EngineLoad) -> Double) -> JSONValue { .double(loads.map(value).max() ?? 0) }
        return [
            "gpuCacheUsage": worst(\.cacheUsage),
            "requestWaitingNum": JSONValue(loads.reduce(0) { $0 + $1.waiting }),
            "requestRunningNum": JSONValue(loads.reduce(0) { $0 + $1.running }),
            "tpot": worst(\.timePerOutputToken), "ttft": worst(\.timeToFirstToken),
        ]
    }
}
