import AgentProtocol
import JSONValues
import KubernetesAPI
import RouteCatalog
import Routing
import Testing

struct RouteCatalogTests {
    func pod(
        _ name: String, labels: [String: String], ip: String? = "127.64.0.1", isReady: Bool = true,
        namespace: String = "dev"
    ) -> Pod {
        var json: JSONValue = ["apiVersion": "v1", "kind": "Pod"]
        json[path: "metadata", "name"] = .string(name)
        json[path: "metadata", "namespace"] = .string(namespace)
        json[path: "metadata", "labels"] = .strings(labels)
        json[path: "spec", "nodeName"] = "n1"
        json[path: "status", "phase"] = "Running"
        json[path: "status", "podIP"] = ip.map { .string($0) }
        json[path: "status", "conditions"] = [["type": "Ready", "status": isReady ? "True" : "False"]]
        return Pod(KubernetesObject(json))
    }

    func object(_ kind: String, _ name: String, _ spec: JSONValue, created: String = "2026-01-01T00:00:00Z")
        -> KubernetesObject
    {
        KubernetesObject([
            "apiVersion": "networking.serving.volcano.sh/v1alpha1", "kind": .string(kind),
            "metadata": ["name": .string(name), "namespace": "dev", "creationTimestamp": .string(created)],
            "spec": spec,
        ])
    }

    let server: JSONValue = [
        "model": "real", "inferenceEngine": "vLLM", "workloadSelector": ["matchLabels": ["app": "a"]],
        "workloadPort": ["port": 8000],
    ]
    let route: JSONValue = ["modelName": "m", "rules": [["targetModels": [["modelServerName": "s"]]]]]

    func build(
        servers: [KubernetesObject], routes: [KubernetesObject] = [], pods: [Pod] = []
    ) -> (TargetServer?, RouteCatalog.Result) {
        let result = RouteCatalog.build(RouteSources(routes: routes, servers: servers, pods: ReadyPods(pods)))
        return (result.table.servers[ObjectName(namespace: "dev", name: "s")], result)
    }

    @Test func `only what traffic depends on is a change`() {
        var pods = ReadyPods()
        let ready = pod("a", labels: ["app": "a"])
        var probed = ready
        probed.object.json[path: "status", "startTime"] = "2026-01-01T00:00:00Z"
        let steps: [(pod: Pod, matters: Bool)] = [
            (pod("a", labels: ["app": "a"], isReady: false), false), (ready, true), (ready, false), (probed, false),
            (pod("a", labels: ["app": "b"]), true), (pod("a", labels: ["app": "b"], ip: "127.64.0.2"), true),
            (pod("a", labels: ["app": "b"], isReady: false), true), (ready, true),
        ]
        for (index, step) in steps.enumerated() {
            let matters = pods.put(step.pod)
            #expect(matters == step.matters, "step \(index)")
        }
        #expect(pods["dev"] == [ready])
        let (first, second) = (pods.remove(ready.key), pods.remove(ready.key))
        #expect(first && !second && pods["dev"].isEmpty)
    }

    @Test func `the excerpt of a pod gets the same traffic`() {
        let whole = [
            pod("a", labels: ["app": "a"]), pod("b", labels: ["app": "a"], isReady: false),
            pod("c", labels: ["app": "a"], ip: nil),
        ]
        let kept = whole.map { Pod(ReadyPods.excerpt(of: $0.object)) }
        #expect(kept.map(\.isReady) == whole.map(\.isReady))
        #expect(kept.map(\.object.labels) == whole.map(\.object.labels))
        let servers = [object("ModelServer", "s", server)]
        #expect(build(servers: servers, pods: kept).0?.endpoints == build(servers: servers, pods: whole).0?.endpoints)
        var going = whole[0]
        going.object.json[path: "metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z"
        #expect(!Pod(ReadyPods.excerpt(of: going.object)).isReady)
    }

    @Test func `takes the ready entry pods that the selector names`() {
        let pods = [
            pod("plain", labels: ["app": "a"]), pod("other", labels: ["app": "b"]),
            pod("elsewhere", labels: ["app": "a"], namespace: "prod"),
            pod("starting", labels: ["app": "a"], isReady: false),
            pod("homeless", labels: ["app": "a"], ip: nil),
            pod(
                "entry",
                labels: ["app": "a", "modelserving.volcano.sh/role": "r", "modelserving.volcano.sh/entry": "true"]),
            pod("worker", labels: ["app": "a", "modelserving.volcano.sh/role": "r"]),
        ]
        let (target, result) = build(servers: [object("ModelServer", "s", server)], pods: pods)
        #expect(result.problems.isEmpty)
        #expect(target?.endpoints.map(\.engine.pod) == ["entry", "plain"])
        #expect(target?.endpoints.first?.engine == EngineID(namespace: "dev", pod: "entry", port: 8000))
        #expect(target?.endpoints.first?.node == "n1")
        #expect(target?.model == "real")
        #expect(target?.isDisaggregated == false)
    }

    @Test func `sorts the pods of a disaggregated server into groups and roles`() {
        var spec = server
        spec[path: "workloadSelector", "pdGroup"] = [
            "groupKey": "group", "prefillLabels": ["role": "p"], "decodeLabels": ["role": "d"],
        ]
        spec["kvConnector"] = ["type": "nixl"]
        spec["trafficPolicy"] = ["timeout": "3s", "retry": ["attempts": 2]]
        let pods = [
            pod("p0", labels: ["app": "a", "group": "g0", "role": "p"]),
            pod("d0", labels: ["app": "a", "group": "g0", "role": "d"]),
            pod("neither", labels: ["app": "a", "group": "g0", "role": "x"]),
            pod("alone", labels: ["app": "a", "role": "p"]),
        ]
        let (target, _) = build(servers: [object("ModelServer", "s", spec)], pods: pods)
        #expect(target?.isDisaggregated == true)
        #expect(target?.connector == .nixl)
        #expect(target?.timeout == .seconds(3))
        #expect(target?.retry == TargetServer.Retry(attempts: 2, interval: .milliseconds(100)))
        #expect(target?.endpoints.map(\.role) == [.decode, .prefill])
        #expect(target?.endpoints.map(\.group) == ["g0", "g0"])
    }

    @Test func `reads every condition of a route, and the older of two wins`() {
        let conditional: JSONValue = [
            "modelName": "m", "loraAdapters": ["l"],
            "rules": [
                [
                    "name": "vip",
                    "modelMatch": [
                        "headers": ["user": ["exact": "vip"]], "uri": ["prefix": "/v1/chat"], "body": ["model": "m"],
                    ],
                    "targetModels": [["modelServerName": "s", "weight": 20], ["modelServerName": "t", "weight": 0]],
                ]
            ],
        ]
        let routes = [
            object("ModelRoute", "new", route, created: "2026-05-01T00:00:00Z"),
            object("ModelRoute", "old", conditional),
        ]
        let (_, result) = build(servers: [], routes: routes)
        let table = result.table
        #expect(table.modelNames == ["l", "m"])
        func match(_ user: String) -> RouteTable.Match? {
            table.match(RouteQuery(model: "m", path: "/v1/chat/completions") { $0 == "user" ? user : "" }, draw: 3)
        }
        #expect(match("vip")?.rule == "vip")
        #expect(match("vip")?.server.name == "s")
        #expect(match("other")?.route.name == "new")
    }

    @Test func `reports what cannot be served and serves the rest`() {
        let broken = object("ModelServer", "broken", ["inferenceEngine": "vLLM"])
        let badRegex: JSONValue = [
            "modelName": "x",
            "rules": [
                ["modelMatch": ["uri": ["regex": "("]], "targetModels": [["modelServerName": "s"]]]
            ],
        ]
        let external: JSONValue = [
            "modelName": "e", "rules": [["targetModels": [["externalModelProviderName": "cloud"]]]],
        ]
        let (target, result) = build(
            servers: [broken, object("ModelServer", "s", server)],
            routes: [
                object("ModelRoute", "bad", badRegex), object("ModelRoute", "good", route),
                object("ModelRoute", "external", external),
            ])
        #expect(target != nil)
        #expect(result.table.routes.map(\.name.name) == ["external", "good"])
        #expect(result.problems.map(\.key.name).sorted() == ["bad", "broken"])
        #expect(result.problems.allSatisfy { !$0.sentence.isEmpty })
    }
}
