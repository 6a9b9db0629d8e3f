import ClusterKit
import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import TestKit
import Testing

/// How requests find their models, from a client's side: by plain routes, and by routes bound to a Gateway.
@Suite(.serialized) struct ModelRouteTests {
    static func engines(_ ports: [Int]) -> [Engine] {
        var engines: [Engine] = []
        for index in 0..<2 {
            let large = Engine(
                pod: "large-\(index)", labels: ["app": "large"], host: "127.0.20.\(index + 1)", port: ports[0],
                model: "DeepSeek-7B")
            let small = Engine(
                pod: "small-\(index)", labels: ["app": "small"], host: "127.0.20.\(index + 3)", port: ports[1],
                model: "DeepSeek-1.5B",
                flags: index == 0 ? ["--enable-lora", "--lora-modules", "lora-A=/models/lora-A"] : ["--enable-lora"])
            engines += [large, small]
        }
        return engines
    }

    static let premium: JSONValue = [
        "name": "premium", "modelMatch": ["headers": ["user-type": ["exact": "premium"]]],
        "targetModels": [["modelServerName": "large"]],
    ]
    static let fallback: JSONValue = ["name": "default", "targetModels": [["modelServerName": "small"]]]

    static func split(_ large: Int, _ small: Int) -> JSONValue {
        [
            "targetModels": [
                ["modelServerName": "large", "weight": JSONValue(large)],
                ["modelServerName": "small", "weight": JSONValue(small)],
            ]
        ]
    }

    @Test(arguments: [false, true]) func `R1 to R6, R10, R11 and R20 to R22`(hasGateways: Bool) async throws {
        let ports = try await FreePorts.take(2)
        try await Router.with(Self.engines(ports), gateways: hasGateways) { router in
            try await router.serve("large", label: "large", port: ports[0], model: "DeepSeek-7B")
            try await router.serve("small", label: "small", port: ports[1], model: "DeepSeek-1.5B")
            let story = Story(router: router, hasGateways: hasGateways)
            try await story.simple()
            try await story.rules()
            try await story.shares()
            try await story.adapters()
            try await story.duplicates()
            if hasGateways { try await story.lineNamesTheGateway() }
        }
    }

    private struct Story: Sendable {
        var router: Router
        var hasGateways: Bool

        func route(_ name: String, model: String?, adapters: [String] = [], _ rules: [JSONValue]) async throws {
            try await router.create(
                .modelRoute, name,
                .members([
                    "modelName": model.map { .string($0) },
                    "loraAdapters": adapters.isEmpty ? nil : .array(adapters.map { .string($0) }),
                    "parentRefs": hasGateways ? [["name": "default", "kind": "Gateway"]] : nil,
                    "rules": .array(rules),
                ]))
        }

        /// R1, with the model's list.
        func simple() async throws {
            try await route("simple", model: "alias", [ModelRouteTests.fallback])
            try await router.wait("alias", for: "DeepSeek-1.5B")
        }

        /// R2 to R6.
        func rules() async throws {
            try await route("rules", model: "chat", [ModelRouteTests.premium, ModelRouteTests.fallback])
            try await router.wait("chat", for: "DeepSeek-1.5B")
            let rows: [([String: String], String)] = [
                (["user-type": "premium"], "DeepSeek-7B"), ([:], "DeepSeek-1.5B"),
                (["User-Type": "premium"], "DeepSeek-7B"), (["user-type": "basic"], "DeepSeek-1.5B"),
                (["user-type": ""], "DeepSeek-1.5B"),
            ]
            for (headers, model) in rows {
                #expect(try await router.ask("chat", headers).model == model, "\(headers)")
            }
        }

        /// R10, and R11 with weights that change on the live route.
        func shares() async throws {
            try await route("canary", model: "canary", [ModelRouteTests.split(70, 30)])
            try await router.wait("canary", for: "DeepSeek-1.5B")
            #expect(abs(try await share() - 0.7) < 0.05)
            _ = try await router.client.patch(
                .modelRoute, namespace: "default", name: "canary",
                .merge(["spec": ["rules": [ModelRouteTests.split(0, 1)]]]))
            try await eventually("the new weights") {
                for _ in 0..<20 where try await router.ask("canary").model != "DeepSeek-1.5B" { return false }
                return true
            }
            _ = try await router.client.patch(
                .modelRoute, namespace: "default", name: "canary",
                .merge(["spec": ["rules": [ModelRouteTests.split(50, 30)]]]))
            try await router.wait("canary", for: "DeepSeek-7B")
            #expect(abs(try await share() - 0.625) < 0.05)
        }

        /// The large model's share of 1,500 answers: 5 points are four standard deviations.
        private func share() async throws -> Double {
            let count = 1_500
            let workers = 10
            let large = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<workers {
                    group.addTask {
                        var large = 0
                        for _ in 0..<count / workers {
                            let answer = try await router.ask("canary")
                            #expect(answer.status == 200, "\(answer.text)")
                            if answer.model == "DeepSeek-7B" { large += 1 }
                        }
                        return large
                    }
                }
                return try await group.reduce(0, +)
            }
            return Double(large) / Double(count)
        }

        /// R20: one of two pods has the adapter. R21: nobody has the other.
        func adapters() async throws {
            try await route("adapters", model: nil, adapters: ["lora-A"], [ModelRouteTests.fallback])
            try await router.wait("lora-A", for: "lora-A")
            for _ in 0..<10 {
                let answer = try await router.ask("lora-A")
                #expect(answer.status == 200 && answer.text.contains("lora-A"), "\(answer.text)")
            }
            let unknown = try await router.ask("lora-Z")
            #expect(unknown.status == 404)
            #expect(unknown.text.contains("route not found"))
        }

        /// R22.
        func duplicates() async throws {
            try await route("older", model: "twice", [ModelRouteTests.fallback])
            // Creation times are whole seconds.
            try await Task.sleep(for: .milliseconds(1_100))
            try await route(
                "a-newer", model: "twice", [["targetModels": [["modelServerName": "large"]]]])
            try await route("marker", model: "marker", [ModelRouteTests.fallback])
            try await router.wait("marker", for: "DeepSeek-1.5B")
            for _ in 0..<5 { #expect(try await router.ask("twice").model == "DeepSeek-1.5B") }
            try await router.client.delete(.modelRoute, namespace: "default", name: "older")
            try await router.wait("twice", for: "DeepSeek-7B")
        }

        func lineNamesTheGateway() async throws {
            try await eventually("the access log") {
                try router.lines.contains { $0.contains("model_name=alias") && $0.contains(" gateway=default/default") }
            }
        }
    }
}
