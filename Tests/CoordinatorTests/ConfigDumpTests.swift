import AgentProtocol
import Fleet
import GatewayAPI
import JSONValues
import KubernetesAPI
import RouteCatalog
import Routing
import ServingAPI
import Testing

@testable import coordinator

/// The dumps in Kthena's shapes.
struct ConfigDumpTests {
    static func object(_ kind: ResourceKind, _ name: String, _ spec: JSONValue) -> KubernetesObject {
        var object = KubernetesObject(kind, namespace: "dev", name: name)
        object.spec = spec
        return object
    }

    static func pod(_ name: String, role: String) -> KubernetesObject {
        var pod = object(.pod, name, ["nodeName": "n1", "containers": []])
        pod.labels = ["app": "a", "group": "g", "role": role]
        pod.status = [
            "phase": "Running", "podIP": "10.0.0.1", "startTime": "2026-01-01T00:00:00Z",
            "conditions": [["type": "Ready", "status": "True"]],
        ]
        return ReadyPods.excerpt(of: pod)
    }

    static let server = object(
        .modelServer, "server",
        [
            "inferenceEngine": "SGLang", "workloadPort": ["port": 8000],
            "workloadSelector": [
                "matchLabels": ["app": "a"],
                "pdGroup": [
                    "groupKey": "group", "prefillLabels": ["role": "prefill"], "decodeLabels": ["role": "decode"],
                ],
            ],
        ])
    static let route = object(
        .modelRoute, "route",
        ["modelName": "m", "loraAdapters": ["l"], "rules": [["targetModels": [["modelServerName": "server"]]]]])

    /// One engine of two reports.
    static func fleet() -> FleetSnapshot {
        let id = EngineID(namespace: "dev", pod: "p-0", port: 8_000)
        var description = EngineDescription(
            id: id, podUID: "u", node: "n1", host: "10.0.0.1", kind: .sgLang, incarnation: 1)
        description.models = ["m"]
        description.adapters = ["l"]
        var load = EngineLoad()
        load.running = 3
        load.waiting = 2
        load.cacheUsage = 0.5
        load.timeToFirstToken = 0.25
        load.timePerOutputToken = 0.02
        return FleetSnapshot(
            engines: [id: EngineState(description: description, load: load, agent: AgentID("n1"))])
    }

    static func dump() -> ConfigDump {
        let pods = [pod("p-0", role: "prefill"), pod("d-0", role: "decode")]
        var gateway = object(.gateway, "g", ["gatewayClassName": "kthena-router", "listeners": []])
        gateway.status = ["conditions": []]
        let catalog = RouteCatalog.build(
            RouteSources(routes: [route], servers: [server], pods: ReadyPods(pods.map { Pod($0) })))
        let sources = ConfigDump.Sources(
            routes: [route], servers: [server], pods: Dictionary(uniqueKeysWithValues: pods.map { ($0.key, $0) }),
            gateways: [gateway], table: catalog.table, fleet: fleet())
        return ConfigDump(sources: { sources })
    }

    static let pages: [(ConfigDump.List, JSONValue)] = [
        (
            .modelroutes,
            [
                "name": "route", "namespace": "dev", "spec": route.spec,
                "routeInfo": ["model": "m", "loras": ["l"]],
            ]
        ),
        (
            .modelservers,
            [
                "name": "server", "namespace": "dev", "spec": server.spec,
                "associatedPods": ["dev/d-0", "dev/p-0"], "decodePods": ["dev/d-0"], "prefillPods": ["dev/p-0"],
            ]
        ),
        (
            .gateways,
            [
                "name": "g", "namespace": "dev", "spec": ["gatewayClassName": "kthena-router", "listeners": []],
                "status": ["conditions": []],
            ]
        ),
    ]

    @Test(arguments: pages) func `objects look like Kthena's`(list: ConfigDump.List, item: JSONValue) {
        let dump = Self.dump()
        #expect(dump.items(list) == [item])
        let key = ObjectKey(namespace: "dev", name: item["name"]?.string ?? "")
        #expect(dump.item(list, key) == item)
        #expect(dump.item(list, ObjectKey(namespace: "other", name: key.name)) == nil)
    }

    @Test func `a pod tells what its agent reports`() throws {
        let pods = Self.dump().items(.pods)
        #expect(pods.map { $0["name"]?.string } == ["d-0", "p-0"])
        #expect(
            pods.last == [
                "name": "p-0", "namespace": "dev",
                "podInfo": [
                    "podIP": "10.0.0.1", "nodeName": "n1", "phase": "Running", "startTime": "2026-01-01T00:00:00Z",
                    "labels": ["app": "a", "group": "g", "role": "prefill"],
                ], "engine": "SGLang",
                "metrics": [
                    "gpuCacheUsage": 0.5, "requestWaitingNum": 2, "requestRunningNum": 3, "tpot": 0.02, "ttft": 0.25,
                ], "models": ["l", "m"], "modelServers": ["dev/server"],
            ])
        // Of one that nobody reports nothing is made up.
        #expect(pods.first?[path: "metrics", "ttft"] == .double(0) && pods.first?["models"] == [])
    }

    @Test func `what is off is an empty list`() {
        let dump = ConfigDump(sources: { ConfigDump.Sources() })
        for list in ConfigDump.List.allCases { #expect(dump.items(list).isEmpty) }
    }
}
