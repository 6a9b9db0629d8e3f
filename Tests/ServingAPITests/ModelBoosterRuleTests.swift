import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@Suite struct ModelBoosterRuleTests {
    static let path = "spec.backend"

    static let refused = [
        RuleRow("name", "Qwen", "spec.name", "lower-case letters"),
        RuleRow("name", .string(String(repeating: "a", count: 65)), "spec.name", "at most 64"),
        RuleRow("modelMatch", ["uri": ["regex": "("]], "spec.modelMatch.uri.regex", "RE2"),
        RuleRow("backend/name", "a_b", "\(path).name", "lower-case letters"),
        RuleRow("backend/type", "TGI", "\(path).type", "supported values: \"vLLM\""),
        RuleRow("backend/modelURI", "http://x", "\(path).modelURI", "hf://"),
        RuleRow("backend/modelURI", "hf://", "\(path).modelURI", "name a model"),
        RuleRow("backend/cacheURI", "/tmp", "\(path).cacheURI", "hostpath:// or pvc://"),
        RuleRow("backend/replicas", 1_000_001, "\(path).replicas", "replicas must be between 0 and 1000000"),
        RuleRow("backend/replicas", -1, "\(path).replicas", "replicas must be"),
        RuleRow("backend/replicas", .null, "\(path).replicas", "Required value"),
        RuleRow("backend/workers", [], "\(path).workers", "at least one worker"),
        RuleRow("backend/workers/0/image", "a b", "\(path).workers[0].image", "white space"),
        RuleRow("backend/workers/0/replicas", 1_000_001, "\(path).workers[0].replicas", "between 0"),
        RuleRow("backend/workers/0/pods", -1, "\(path).workers[0].pods", "between 0"),
        RuleRow("backend/workers/0/type", "decode", "\(path).workers", "exactly one worker, of type server"),
        RuleRow("backend/workers/-", ["type": "server"], "\(path).workers", "exactly one worker, of type server"),
        RuleRow("backend/workers/0/config", ["port": 65_536], "\(path).workers[0].config.port", "between 1 and 65535"),
        RuleRow("backend/workers/0/config", ["port": "x"], "\(path).workers[0].config.port", "between 1 and 65535"),
        RuleRow("backend/modelURI", "pvc://models/q", "\(path).cacheURI", "must be a pvc:// address"),
    ]

    @Test(arguments: refused) func `refuses`(row: RuleRow) throws {
        let problems = Validation.problems(.modelBooster, try row.applied(to: TestObjects.booster))
        #expect(problems.map(\.field) == [row.field])
        #expect(problems.first?.description.contains(row.message) == true, "\(problems)")
    }

    static let accepted = [
        RuleRow("name", "qwen-2"), RuleRow("backend/replicas", 0), RuleRow("backend/replicas", 1_000_000),
        RuleRow("backend/cacheURI", "pvc://cache/a/b"), RuleRow("backend/modelURI", "obs://bucket/model"),
        RuleRow("backend/workers/0/config", ["port": "9000"]), RuleRow("backend/workers/0/pods", 0),
        RuleRow("modelMatch", ["headers": ["x": ["exact": "a"]]]), RuleRow("backend/type", "MindIE"),
    ]

    @Test(arguments: accepted) func `accepts`(row: RuleRow) throws {
        #expect(Validation.problems(.modelBooster, try row.applied(to: TestObjects.booster)) == [])
    }

    @Test(
        arguments: [
            ("pvc://claim", "pvc://claim/models/q", nil), ("pvc:///claim", "pvc://claim/q", nil),
            ("pvc://claim", "pvc://other/q", "modelURI"), ("pvc://claim", "pvc://claim/../q", "modelURI"),
            ("pvc://claim/sub", "pvc://claim/q", "cacheURI"), ("hostpath:///c", "pvc://claim/q", "cacheURI"),
            ("", "pvc://claim/q", "cacheURI"),
        ] as [(String, String, String?)])
    func `a model on a claim is read in place`(cache: String, model: String, wrong: String?) {
        var object = TestObjects.booster
        object[path: "spec", "backend", "cacheURI"] = .string(cache)
        object[path: "spec", "backend", "modelURI"] = .string(model)
        let fields = Validation.problems(.modelBooster, object).map(\.field)
        #expect(fields == (wrong.map { ["\(Self.path).\($0)"] } ?? []))
    }

    static func worker(_ type: JSONValue, _ connector: JSONValue?, _ role: JSONValue, port: Int = 8_000) -> JSONValue {
        var worker: JSONValue = ["type": type, "image": "vllm", "config": ["port": JSONValue(port)]]
        if let connector {
            let config: JSONValue = ["kv_connector": connector, "kv_role": role]
            worker[path: "config", "kv-transfer-config"] = .string(config.text())
        }
        return worker
    }

    @Test(
        arguments: [
            ([worker("prefill", nil, ""), worker("decode", nil, "")], nil, nil),
            (
                [worker("prefill", "NixlConnector", "kv_producer"), worker("decode", "NixlConnector", "kv_consumer")],
                nil, .nixl
            ),
            (
                [
                    worker("prefill", "MooncakeConnectorV1", "kv_both"),
                    worker("decode", "MooncakeConnectorV1", "kv_both"),
                ],
                nil, .mooncake
            ),
            ([worker("prefill", "NixlConnector", "kv_both"), worker("decode", nil, "")], "", .nixl),
            (
                [worker("prefill", "NixlConnector", "kv_both"), worker("decode", "LMCacheConnectorV1", "kv_both")], "",
                .nixl
            ),
            (
                [worker("prefill", "NixlConnector", "kv_consumer"), worker("decode", "NixlConnector", "kv_both")],
                "[0].config.kv-transfer-config.kv_role", .nixl
            ),
            (
                [worker("prefill", "P2pNccl", "kv_both"), worker("decode", "P2pNccl", "kv_both")],
                "[0].config.kv-transfer-config.kv_connector", nil
            ),
            ([worker("prefill", nil, ""), worker("prefill", nil, "")], "[1].type", nil),
            ([worker("prefill", nil, ""), worker("server", nil, "")], "[1].type", nil),
            ([worker("prefill", nil, ""), worker("decode", nil, "", port: 8_001)], "[1].config.port", nil),
        ] as [(JSONValue, String?, KVConnector?)])
    func `prefill and decode agree`(workers: JSONValue, wrong: String?, connector: KVConnector?) throws {
        var object = TestObjects.booster
        object[path: "spec", "backend", "type"] = "vLLMDisaggregated"
        object[path: "spec", "backend", "workers"] = workers
        let fields = Validation.problems(.modelBooster, object).map(\.field)
        #expect(fields.first == wrong.map { "\(Self.path).workers\($0)" })
        #expect(TransferConfig.connector(of: try ModelBooster(KubernetesObject(object)).backend) == connector)
    }
}
