import JSONValues
import KubernetesAPI
import RouteCatalog
import Routing
import Testing

/// How ModelServers with prefill and decode apart are spoken to.
struct PairTargetTests {
    let fixtures = RouteCatalogTests()

    func server(_ engine: String, _ connector: String?) -> KubernetesObject {
        var spec: JSONValue = [
            "inferenceEngine": .string(engine), "workloadPort": ["port": 8000],
            "workloadSelector": [
                "matchLabels": ["app": "a"],
                "pdGroup": ["groupKey": "g", "prefillLabels": ["r": "p"], "decodeLabels": ["r": "d"]],
            ],
        ]
        if let connector { spec["kvConnector"] = ["type": .string(connector)] }
        return fixtures.object("ModelServer", "s", spec)
    }

    static let rows: [(engine: String, named: String?, connector: TargetServer.Connector)] = [
        ("vLLM", nil, .http), ("vLLM", "http", .http), ("vLLM", "lmcache", .lmcache), ("vLLM", "nixl", .nixl),
        ("vLLM", "mooncake", .mooncake), ("SGLang", nil, .bootstrap), ("SGLang", "http", .http),
        ("SGLang", "lmcache", .lmcache), ("SGLang", "nixl", .bootstrap), ("SGLang", "mooncake", .bootstrap),
    ]

    @Test(arguments: rows) func `the engine and its connector decide how its legs are joined`(
        row: (engine: String, named: String?, connector: TargetServer.Connector)
    ) {
        let target = fixtures.build(servers: [server(row.engine, row.named)]).0
        #expect(target?.connector == row.connector)
        #expect(target?.isDisaggregated == true)
    }

    static let containers: [(JSONValue, Int)] = [
        ([["name": "e"]], 8998),
        ([["name": "e", "env": [["name": "VLLM_MOONCAKE_BOOTSTRAP_PORT", "value": "9100"]]]], 9100),
        ([["name": "side"], ["name": "e", "args": ["--tp=2", "--disaggregation-bootstrap-port", "9200"]]], 9200),
        ([["name": "e", "command": ["python", "--disaggregation-bootstrap-port=9300"]]], 9300),
        ([["name": "e", "command": ["sh", "-c"], "args": ["serve --disaggregation-bootstrap-port 9400 --x"]]], 9400),
        ([["name": "e", "args": ["--disaggregation-bootstrap-port", "0"]]], 8998),
        ([["name": "e", "args": ["--disaggregation-bootstrap-port"]]], 8998),
        ([["name": "e", "env": [["name": "VLLM_MOONCAKE_BOOTSTRAP_PORT", "valueFrom": [:]]]]], 8998),
    ]

    @Test(arguments: containers) func `a prefill pod's bootstrap server is where its engine is told`(
        containers: JSONValue, port: Int
    ) {
        var pod = fixtures.pod("p", labels: ["app": "a", "g": "1", "r": "p"])
        pod.object.json[path: "spec", "containers"] = containers
        for pod in [pod, Pod(ReadyPods.excerpt(of: pod.object))] {
            let target = fixtures.build(servers: [server("SGLang", nil)], pods: [pod]).0
            #expect(target?.endpoints.map(\.bootstrapPort) == [port])
        }
    }

    @Test func `endpoints know the parts of the fabric that their nodes are in`() {
        let pods = [
            fixtures.pod("p", labels: ["app": "a", "g": "1", "r": "p"]),
            fixtures.pod("d", labels: ["app": "a", "g": "1", "r": "d"]),
        ]
        let domains = ["n1": [Endpoint.Domain(tier: 1, name: "leaf")], "n2": []]
        let table = RouteCatalog.build(
            RouteSources(
                routes: [], servers: [server("vLLM", "nixl")], pods: ReadyPods(pods), domains: domains)
        ).table
        let target = table.servers[ObjectName(namespace: "dev", name: "s")]
        #expect(
            target?.endpoints.map(\.domains) == Array(repeating: [Endpoint.Domain(tier: 1, name: "leaf")], count: 2))
    }
}
