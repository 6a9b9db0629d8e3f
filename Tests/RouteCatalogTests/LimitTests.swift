import Governance
import JSONValues
import KubernetesAPI
import RouteCatalog
import Routing
import Testing

struct LimitTests {
    static func route(
        _ name: String = "r", model: String = "m", limit: JSONValue? = nil, annotations: [String: String] = [:],
        created: String = "2026-01-01T00:00:00Z"
    ) -> KubernetesObject {
        var json: JSONValue = [
            "apiVersion": "networking.serving.volcano.sh/v1alpha1", "kind": "ModelRoute",
            "metadata": ["name": .string(name), "namespace": "dev", "creationTimestamp": .string(created)],
            "spec": ["modelName": .string(model), "rules": [["targetModels": [["modelServerName": "s"]]]]],
        ]
        json[path: "spec", "rateLimit"] = limit
        json[path: "metadata", "annotations"] = .strings(annotations)
        return KubernetesObject(json)
    }

    static func result(_ routes: KubernetesObject...) -> RouteCatalog.Result {
        RouteCatalog.build(routes: routes, servers: [], pods: ReadyPods())
    }

    @Test(arguments: LimitUnit.allCases) func `reads a route's own limit`(unit: LimitUnit) {
        let limit: JSONValue = [
            "inputTokensPerUnit": 30, "outputTokensPerUnit": 100, "unit": .string(unit.rawValue),
            "global": ["redis": ["address": "redis:6379"]],
        ]
        let sizes = [TokenBucket.Size(30, per: unit), TokenBucket.Size(100, per: unit)]
        #expect(
            Self.result(Self.route(limit: limit)).limits == [
                LimitPolicy(
                    model: "m", limits: [TokenLimit(.input, sizes[0]), TokenLimit(.output, sizes[1])],
                    redis: "redis:6379")
            ])
    }

    @Test func `a route without limits has none, and the unit is a second unless it is said`() {
        let limit: JSONValue = ["outputTokensPerUnit": 7]
        let limits = Self.result(Self.route("a"), Self.route("b", model: "n", limit: limit)).limits
        #expect(limits == [LimitPolicy(model: "n", limits: [TokenLimit(.output, TokenBucket.Size(7, per: .second))])])
    }

    @Test func `limits of the oldest route of a model come first`() {
        let old = Self.route("z", limit: ["inputTokensPerUnit": 1], created: "2025-01-01T00:00:00Z")
        let new = Self.route("a", limit: ["inputTokensPerUnit": 2])
        #expect(Self.result(new, old).limits.map(\.limits.first?.size.tokens) == [1, 2])
    }

    @Test func `annotations limit users, keys and long prompts`() {
        let route = Self.route(annotations: [
            "martlet.dev/token-limits":
                #"[{"scope":"user","inputTokensPerUnit":5,"unit":"day"},"#
                + #"{"outputTokensPerUnit":9,"promptTokensFrom":8000}]"#,
            "martlet.dev/prompt-tokens-max": "32000",
        ])
        let limits = [
            TokenLimit(.input, TokenBucket.Size(5, per: .day), scope: .user),
            TokenLimit(.output, TokenBucket.Size(9, per: .second), promptTokensFrom: 8_000),
        ]
        #expect(Self.result(route).limits == [LimitPolicy(model: "m", limits: limits, promptTokensMax: 32_000)])
    }

    @Test(arguments: [
        ("martlet.dev/token-limits", "no list"), ("martlet.dev/token-limits", #"[{"scope":"planet"}]"#),
        ("martlet.dev/prompt-tokens-max", "0"), ("martlet.dev/prompt-tokens-max", "many"),
    ]) func `an annotation that cannot be read is reported, and the rest of the route serves`(key: String, text: String)
    {
        let result = Self.result(Self.route(limit: ["inputTokensPerUnit": 1], annotations: [key: text]))
        #expect(result.problems.count == 1 && result.problems[0].sentence.contains(key))
        #expect(result.limits.count == 1 && result.table.routes.count == 1)
    }
}
