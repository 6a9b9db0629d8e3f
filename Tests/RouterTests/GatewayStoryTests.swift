import ClusterKit
import GatewayAPI
import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import TestKit
import Testing

/// Gateways, HTTPRoutes and InferencePools from a client's side.
@Suite(.serialized) struct GatewayStoryTests {
    static func engines(_ ports: [Int]) -> [Engine] {
        [("large", "DeepSeek-7B"), ("small", "DeepSeek-1.5B"), ("pool", "pooled")].enumerated().map { index, engine in
            Engine(
                pod: engine.0, labels: ["app": engine.0], host: "127.0.21.\(index + 1)", port: ports[index],
                model: engine.1)
        }
    }

    static func gateway(port: Int) -> JSONValue {
        [
            "gatewayClassName": "kthena-router",
            "listeners": [["name": "http", "port": JSONValue(port), "protocol": "HTTP"]],
        ]
    }

    static func route(_ gateway: String) -> JSONValue {
        [
            "parentRefs": [["name": .string(gateway)]],
            "rules": [
                [
                    "matches": [["path": ["type": "PathPrefix", "value": "/"]]],
                    "backendRefs": [
                        ["group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "pool"]
                    ],
                ]
            ],
        ]
    }

    static func modelRoute(_ model: String, _ gateway: String, _ server: String) -> JSONValue {
        [
            "modelName": .string(model), "parentRefs": [["name": .string(gateway)]],
            "rules": [["targetModels": [["modelServerName": .string(server)]]]],
        ]
    }

    @Test func `G2 and I1 to I4`() async throws {
        let ports = try await FreePorts.take(5)
        try await Router.with(
            Self.engines(ports), gateways: true,
            later: { router in
                // I3: a process that is ready has the routes and Gateways that were there before it.
                #expect(try await router.ask("pooled").model == "pooled")
                #expect(try await router.ask("DeepSeek-1.5B").model == "DeepSeek-1.5B")
                try await router.wait("DeepSeek-7B", port: ports[3], for: "DeepSeek-7B")
            }
        ) { router in
            try await router.serve("large", label: "large", port: ports[0])
            try await router.serve("small", label: "small", port: ports[1])
            try await router.create(
                .inferencePool, "pool",
                [
                    "selector": ["matchLabels": ["app": "pool"]], "targetPorts": [["number": JSONValue(ports[2])]],
                    "endpointPickerRef": ["name": "none"],
                ])
            // I1: a pool that no ModelServer knows of, behind the default Gateway.
            try await router.create(.httpRoute, "llm-route", Self.route("default"))
            try await router.wait("pooled", for: "pooled")
            try await eventually("the access log") {
                try router.lines.contains {
                    $0.contains(" gateway=default/default http_route=default/llm-route inference_pool=default/pool ")
                }
            }
            // I2: a ModelRoute beside it.
            try await router.create(
                .modelRoute, "coexists", Self.modelRoute("DeepSeek-1.5B", "default", "small"))
            try await router.wait("DeepSeek-1.5B", for: "DeepSeek-1.5B")
            #expect(try await router.ask("pooled").model == "pooled")
            // G2: one model, two Gateways.
            try await router.create(.gateway, "second", Self.gateway(port: ports[3]))
            try await router.create(
                .modelRoute, "one", Self.modelRoute("DeepSeek-7B", "second", "large"))
            try await router.wait("DeepSeek-7B", port: ports[3], for: "DeepSeek-7B")
            // Through the default Gateway the model has no ModelRoute, so the pool gets it, which does not know it.
            #expect(try await router.ask("DeepSeek-7B").text.contains("DeepSeek-7B"))
            #expect(try await router.ask("DeepSeek-7B").status == 404)
            // I4: a route before its Gateway.
            try await router.create(.httpRoute, "early", Self.route("third"))
            try await router.create(.gateway, "third", Self.gateway(port: ports[4]))
            try await router.wait("pooled", port: ports[4], for: "pooled")
            try await Self.expectProgrammed(router, ["default", "second", "third"])
            try await router.client.delete(.gateway, namespace: "default", name: "third")
            // A connection that is kept open gets no listener; a new one is refused.
            try await eventually("the port to close") {
                (try? await router.ask("pooled", port: ports[4]))?.status != 200
            }
        }
    }

    private static func expectProgrammed(_ router: Router, _ names: [String]) async throws {
        for name in names {
            try await eventually("Gateway \(name) to be programmed") {
                let gateway = try await router.client.get(.gateway, namespace: "default", name: name)
                let conditions = gateway.status["conditions"]?.elements.compactMap { Condition($0) } ?? []
                return conditions.holds("Accepted") && conditions.holds("Programmed")
            }
        }
    }
}
