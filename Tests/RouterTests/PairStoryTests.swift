import ClusterKit
import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import TestKit
import Testing

/// Prefill and decode on engines of their own, from a client's side.
@Suite(.serialized) struct PairStoryTests {
    /// Labels as a ModelServing's pods have them, with the group and the role under names of the user's.
    static func labels(_ app: String, _ role: String, entry: Bool = true) -> [String: String] {
        var labels = ["app": app, "group-name": "group-0", "rolename": role, "modelserving.volcano.sh/role": role]
        if entry { labels["modelserving.volcano.sh/entry"] = "true" }
        return labels
    }

    static func transfer(_ role: String, _ connector: String = "NixlConnector") -> [String] {
        ["--kv-transfer-config", #"{"kv_connector":"\#(connector)","kv_role":"\#(role)"}"#]
    }

    static func engines(_ ports: [Int]) -> [Engine] {
        func engine(
            _ app: String, _ role: String, _ host: String, _ port: Int, flags: [String] = [], isWorker: Bool = false
        ) -> Engine {
            Engine(
                pod: "\(app)-\(role)\(isWorker ? "-worker" : "")", labels: labels(app, role, entry: !isWorker),
                host: host, port: port, model: "DeepSeek-7B", flags: flags, isSilent: isWorker)
        }
        return [
            engine("pd", "prefill", "127.0.22.1", ports[0], flags: transfer("kv_producer")),
            engine("pd", "decode", "127.0.22.2", ports[0], flags: transfer("kv_consumer")),
            engine("multi", "prefill", "127.0.22.3", ports[1], flags: transfer("kv_producer")),
            engine("multi", "prefill", "127.0.22.4", ports[1], isWorker: true),
            engine("multi", "decode", "127.0.22.5", ports[1], flags: transfer("kv_consumer")),
            engine("multi", "decode", "127.0.22.6", ports[1], isWorker: true),
            engine("sglang", "prefill", "127.0.22.7", ports[2]), engine("sglang", "decode", "127.0.22.8", ports[2]),
            engine("meet", "prefill", "127.0.22.9", ports[3], flags: transfer("kv_producer", "MooncakeConnector")),
            engine("meet", "decode", "127.0.22.10", ports[3], flags: transfer("kv_consumer", "MooncakeConnector")),
        ]
    }

    static func server(_ app: String, port: Int, kind: String, entry: Bool, connector: String?) -> JSONValue {
        var labels: JSONValue = ["app": .string(app)]
        if entry { labels["modelserving.volcano.sh/entry"] = "true" }
        return .members([
            "model": "DeepSeek-7B", "inferenceEngine": .string(kind), "workloadPort": ["port": JSONValue(port)],
            "workloadSelector": [
                "matchLabels": labels,
                "pdGroup": [
                    "groupKey": "group-name", "prefillLabels": ["rolename": "prefill"],
                    "decodeLabels": ["rolename": "decode"],
                ],
            ],
            "kvConnector": connector.map { ["type": .string($0)] },
        ])
    }

    @Test func `R7, R8 and R9`() async throws {
        let ports = try await FreePorts.take(4)
        try await Router.with(Self.engines(ports), gateways: false) { router in
            let rows: [(String, JSONValue)] = [
                ("pd", Self.server("pd", port: ports[0], kind: "vLLM", entry: false, connector: "nixl")),
                ("multi", Self.server("multi", port: ports[1], kind: "vLLM", entry: true, connector: "nixl")),
                ("meet", Self.server("meet", port: ports[3], kind: "vLLM", entry: false, connector: "mooncake")),
                ("sglang", Self.server("sglang", port: ports[2], kind: "SGLang", entry: true, connector: nil)),
            ]
            for (name, spec) in rows {
                try await router.create(.modelServer, name, spec)
                try await router.create(
                    .modelRoute, name,
                    ["modelName": .string(name), "rules": [["targetModels": [["modelServerName": .string(name)]]]]])
                try await router.wait(name, for: "DeepSeek-7B")
                for _ in 0..<5 {
                    let answer = try await router.ask(name)
                    #expect(answer.status == 200 && answer.model == "DeepSeek-7B", "\(name): \(answer.text)")
                }
                try await Self.expectPair(router, name)
            }
        }
    }

    /// The last requests went to both engines of the group, and to no worker.
    private static func expectPair(_ router: Router, _ name: String) async throws {
        try await eventually("the decisions") {
            let decisions = try await router.process.json("debug/decisions?last=5")["decisions"]?.elements ?? []
            return decisions.count == 5
                && decisions.allSatisfy {
                    $0["pod"]?.string == "\(name)-decode" && $0["prefillPod"]?.string == "\(name)-prefill"
                        && $0["retries"]?.integer == 0
                }
        }
    }

    @Test func `R28: a ModelRoute is checked before anything is stored`() async throws {
        try await Router.with([], gateways: false) { router in
            let rules: JSONValue = [["targetModels": [["modelServerName": "any"]]]]
            try await router.create(.modelRoute, "good", ["modelName": "good", "rules": rules])
            await #expect {
                try await router.create(.modelRoute, "bad", ["modelName": "bad", "loraAdapters": [""], "rules": rules])
            } throws: { error in
                "\(error)".contains("lora adapter name cannot be an empty string")
            }
            let names = try await router.client.list(.modelRoute, namespace: "default").items.map(\.name)
            #expect(names == ["good"])
        }
    }
}
