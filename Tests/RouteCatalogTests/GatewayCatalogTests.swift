import AgentProtocol
import GatewayAPI
import JSONValues
import KubernetesAPI
import RouteCatalog
import Routing
import Testing

struct GatewayCatalogTests {
    static let fixtures = RouteCatalogTests()

    static func object(_ kind: String, _ name: String, _ spec: JSONValue) -> KubernetesObject {
        var object = fixtures.object(kind, name, spec)
        object.json["apiVersion"] = "gateway.networking.k8s.io/v1"
        return object
    }

    static let ownClass = KubernetesObject([
        "kind": "GatewayClass", "metadata": ["name": "kthena-router"],
        "spec": ["controllerName": "volcano.sh/kthena-router"],
    ])

    static func gateway(_ name: String, port: Int) -> KubernetesObject {
        object(
            "Gateway", name,
            [
                "gatewayClassName": "kthena-router",
                "listeners": [["name": "http", "port": JSONValue(port), "protocol": "HTTP"]],
            ])
    }

    static func pool(_ name: String, _ label: String) -> KubernetesObject {
        object(
            "InferencePool", name,
            [
                "selector": ["matchLabels": ["app": .string(label)]],
                "targetPorts": [["number": 8000], ["number": 8001]],
            ])
    }

    @Test func `the same model goes elsewhere through another Gateway, and without one nowhere`() {
        func route(_ name: String, _ gateway: String) -> KubernetesObject {
            var spec = Self.fixtures.route
            spec["parentRefs"] = [["name": .string(gateway)]]
            return Self.fixtures.object("ModelRoute", name, spec)
        }
        let routes = [route("first", "a"), route("second", "b")]
        var sources = RouteSources(
            routes: routes, servers: [], pods: ReadyPods(),
            gateways: .init(
                classes: [Self.ownClass], gateways: [Self.gateway("a", port: 80), Self.gateway("b", port: 81)]))
        let table = RouteCatalog.build(sources).table
        func winner(_ port: Int) -> String? {
            let listener = table.listeners?.listener(port: port, hostField: "x")
            return table.match(RouteQuery(model: "m", path: "/v1/x", listener: listener), draw: 0)?.route.name
        }
        #expect(winner(80) == "first")
        #expect(winner(81) == "second")
        sources.gateways = nil
        let plain = RouteCatalog.build(sources).table
        #expect(plain.listeners == nil)
        #expect(plain.match(RouteQuery(model: "m", path: "/v1/x"), draw: 0) == nil)
    }

    @Test func `an InferencePool has every port of its ready pods, with no ModelServer near`() {
        let pods = [
            Self.fixtures.pod("a", labels: ["app": "x"]), Self.fixtures.pod("b", labels: ["app": "y"]),
            Self.fixtures.pod("c", labels: ["app": "x"], isReady: false),
        ]
        let route = Self.object(
            "HTTPRoute", "r",
            [
                "parentRefs": [["name": "g"]],
                "rules": [
                    [
                        "backendRefs": [
                            ["group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "p"]
                        ]
                    ]
                ],
            ])
        let result = RouteCatalog.build(
            RouteSources(
                routes: [], servers: [], pods: ReadyPods(pods),
                gateways: .init(
                    classes: [Self.ownClass], gateways: [Self.gateway("g", port: 80)], httpRoutes: [route],
                    pools: [Self.pool("p", "x")])))
        let table = result.table
        let listener = table.listeners?.listener(port: 80, hostField: "")
        let outcome = table.httpRoutes.match(RouteQuery(model: "", path: "/any", listener: listener), draw: 0)
        guard case .matched(let match) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let target = match.target
        #expect(target?.endpoints.map(\.engine.pod) == ["a", "a"])
        #expect(target?.endpoints.map(\.port) == [8000, 8001])
        #expect(target?.model == nil)
        #expect(result.problems.isEmpty)
    }

    @Test(arguments: [false, true])
    func `a pool of another namespace is served where that namespace grants it`(isGranted: Bool) {
        var (pool, pod) = (Self.pool("p", "x"), Self.fixtures.pod("a", labels: ["app": "x"]))
        pool.json[path: "metadata", "namespace"] = "theirs"
        pod.object.json[path: "metadata", "namespace"] = "theirs"
        var grant = Self.object(
            "ReferenceGrant", "g",
            [
                "from": [["group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "dev"]],
                "to": [["group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "p"]],
            ])
        grant.json[path: "metadata", "namespace"] = "theirs"
        let backend: JSONValue = [
            "group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "p", "namespace": "theirs",
        ]
        let route = Self.object(
            "HTTPRoute", "r", ["parentRefs": [["name": "g"]], "rules": [["backendRefs": [backend]]]])
        let table = RouteCatalog.build(
            RouteSources(
                routes: [], servers: [], pods: ReadyPods([pod]),
                gateways: .init(
                    classes: [Self.ownClass], gateways: [Self.gateway("g", port: 80)], httpRoutes: [route],
                    pools: [pool], grants: ReferenceGrants(isGranted ? [grant] : [])))
        ).table
        let listener = table.listeners?.listener(port: 80, hostField: "")
        switch table.httpRoutes.match(RouteQuery(model: "", path: "/any", listener: listener), draw: 0) {
        case .matched(let match):
            #expect(isGranted && match.target?.endpoints.first?.engine.namespace == "theirs")
        case .noTarget(let name): #expect(!isGranted && name.name == "r")
        case .none: Issue.record("the route is not attached")
        }
    }

    struct CredentialRow: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var type = "OpenAI"
        var scheme: String?
        var secret: KubernetesObject?
        var field: String?
        var problem: String?
    }

    static func secret(_ text: String?, isLabelled: Bool = true) -> KubernetesObject {
        var secret = KubernetesObject(.secret, namespace: "dev", name: "s")
        if isLabelled { secret.labels = ["networking.serving.volcano.sh/external-model-provider-credential": "true"] }
        if let text { secret.json["data"] = ["key": .string(Base64.encode(Array(text.utf8)))] }
        return secret
    }

    static let credentials = [
        CredentialRow(
            testDescription: "bearer", secret: secret(" token\n"), field: "authorization: Bearer token"),
        CredentialRow(
            testDescription: "key", type: "Anthropic", secret: secret("token"), field: "x-api-key: token"),
        CredentialRow(
            testDescription: "chosen scheme", scheme: "APIKey", secret: secret("token"), field: "x-api-key: token"),
        CredentialRow(testDescription: "no Secret", problem: "is missing"),
        CredentialRow(testDescription: "no label", secret: secret("t", isLabelled: false), problem: "lacks the label"),
        CredentialRow(testDescription: "no key", secret: secret(nil), problem: "has no key 'key'"),
        CredentialRow(testDescription: "line end", secret: secret("a\nb"), problem: "line end inside"),
        CredentialRow(testDescription: "empty", secret: secret(" \n"), problem: "is empty"),
    ]

    @Test(arguments: credentials) func `a provider's credential`(row: CredentialRow) {
        let spec: JSONValue = [
            "providerType": .string(row.type), "model": "gpt", "baseURL": "https://api.example:8443/openai/v1/",
            "headers": ["X-Org": "o"],
            "auth": .members([
                "scheme": row.scheme.map { .string($0) }, "secretRef": ["name": "s", "key": "key"],
            ]),
        ]
        let provider = Self.fixtures.object("ExternalModelProvider", "cloud", spec)
        let result = RouteCatalog.build(
            RouteSources(
                routes: [], servers: [], pods: ReadyPods(), providers: [provider],
                secrets: row.secret.map { [$0] } ?? []))
        let external = result.table.providers[ObjectName(namespace: "dev", name: "cloud")]?.external
        #expect(external?.host == "api.example")
        #expect(external?.port == 8443)
        #expect(external?.credential.map { "\($0.field): \($0.value)" } == row.field)
        #expect(external?.credential.map { "\($0)".contains("token") } != true)
        if let problem = row.problem {
            #expect(external?.problem?.contains(problem) == true, "\(external?.problem ?? "")")
        } else {
            #expect(external?.problem == nil)
        }
        let path = row.type == "Anthropic" ? "/v1/messages" : "/v1/chat/completions"
        #expect(external?.path(for: path) == "/openai\(path)")
        #expect(external?.path(for: "/v1/embeddings") == nil)
    }

    @Test func `a provider that breaks a rule is reported and serves nothing`() {
        let provider = Self.fixtures.object("ExternalModelProvider", "cloud", ["baseURL": "http://api.example"])
        let result = RouteCatalog.build(
            RouteSources(routes: [], servers: [], pods: ReadyPods(), providers: [provider]))
        #expect(result.table.providers.isEmpty)
        #expect(result.problems.map(\.kind) == ["ExternalModelProvider"])
    }
}
