import AgentProtocol
@testable import Engines
import EngineWire
import JSONValues
import Testing

@Suite struct EngineTargetTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var container: JSONValue
        /// Nil where no engine is found.
        var port: Int?
        var models: [String] = []
        var kind = EngineKind.vLLM
        var ranks = 1
        var blockSize = 0
        /// Live and replay endpoint of the first rank.
        var endpoints: [String?] = []
        var testDescription: String { name }
    }

    private static let events =
        ([
            "enable_kv_cache_events": true, "publisher": "zmq", "endpoint": "tcp://*:5560",
            "replay_endpoint": "tcp://*:5561", "topic": "t",
        ] as JSONValue).text()

    /// A shell's script, its lines joined by backslashes.
    private static let script = """
        bash /multi-node-serving.sh leader --ray_cluster_size=2; python3 -m vllm.entrypoints.openai.api_server \\
          --port 8080 --model 'a b' --kv-events-config '\(events)'
        """

    static let rows: [Row] = [
        Row(
            name: "vllm serve",
            container: [
                "image": "vllm/vllm-openai:v0.32.0", "command": ["vllm", "serve", "Qwen/Qwen3-8B"],
                "args": ["--port", "8100", "--served_model_name", "qwen", "qwen3", "--block-size=32"],
            ], port: 8100, models: ["qwen", "qwen3"], blockSize: 32),
        Row(
            name: "arguments for the image's own command",
            container: [
                "image": "vllm/vllm-openai@sha256:0", "args": ["--model", "m", "--tensor-parallel-size", "2"],
            ],
            port: 8000, models: ["m"]),
        Row(
            name: "arguments for an image of something else",
            container: ["image": "nginx:1", "args": ["--model", "m"]]),
        Row(
            name: "the module, in a shell, after a script",
            container: [
                "image": "x", "command": ["sh", "-c"],
                "args": [.string(script)],
            ], port: 8080, models: ["a b"], endpoints: ["tcp://10.0.0.7:5560", "tcp://10.0.0.7:5561"]),
        Row(
            name: "a worker of a multi-node engine",
            container: [
                "image": "vllm/vllm-openai", "command": ["sh", "-c"],
                "args": ["bash /multi-node-serving.sh worker --ray_address=$(ENTRY_ADDRESS)"],
            ]),
        Row(
            name: "the container's port and variables",
            container: [
                "image": "x", "command": ["python3", "-m", "vllm.entrypoints.openai.api_server"],
                "args": ["--model=$(MODEL)", "--data-parallel-size", "2"],
                "env": [["name": "MODEL", "value": "llama"], ["name": "MODEL_DIR", "value": "no"]],
                "ports": [["containerPort": 9100]],
            ], port: 9100, models: ["llama"], ranks: 2),
        Row(
            name: "events option by option",
            container: [
                "command": ["vllm", "serve", "m"],
                "args": [
                    "--kv-events-config.enable_kv_cache_events", "true", "--kv-events-config.endpoint=tcp://*:7000",
                ],
            ], port: 8000, models: ["m"], endpoints: ["tcp://10.0.0.7:7000", nil]),
        Row(
            name: "an engine that dials",
            container: [
                "command": ["vllm", "serve", "m"],
                "args": ["--kv-events-config", #"{"enable_kv_cache_events":true,"endpoint":"tcp://router:5557"}"#],
            ], port: 8000, models: ["m"], endpoints: [nil]),
        Row(
            name: "events within the pod only",
            container: [
                "command": ["vllm", "serve", "m"],
                "args": [
                    "--kv-events-config",
                    #"{"enable_kv_cache_events":true,"replay_endpoint":"tcp://127.0.0.1:5558"}"#,
                ],
            ], port: 8000, models: ["m"], endpoints: ["tcp://10.0.0.7:5557", nil]),
        Row(
            name: "SGLang",
            container: [
                "image": "lmsysorg/sglang", "command": ["python3", "-m", "sglang.launch_server"],
                "args": [
                    "--model-path", "m", "--page-size", "64", "--kv-events-config",
                    #"{"publisher":"zmq","endpoint":"tcp://0.0.0.0:5557"}"#,
                ],
            ], port: 30_000, models: ["m"], kind: .sgLang, blockSize: 64, endpoints: ["tcp://10.0.0.7:5557", nil]),
        Row(
            name: "TGI by its image",
            container: [
                "image": "ghcr.io/huggingface/text-generation-inference:3.3.5",
                "args": ["--model-id", "m", "--port", "80"],
            ], port: 80, models: ["m"], kind: .tgi),
        Row(
            name: "TGI by its command",
            container: ["command": ["text-generation-launcher", "--model-id=m"]], port: 3_000, models: ["m"],
            kind: .tgi),
        Row(
            name: "Triton's OpenAI front end",
            container: [
                "command": ["sh", "-c"],
                "args": ["python3 /opt/tritonserver/openai_frontend/main.py --openai-port 9005 --model m"],
            ], port: 9_005, models: ["m"], kind: .triton),
        Row(
            name: "TensorRT-LLM",
            container: ["command": ["trtllm-serve", "serve", "m", "--port", "8123"]], port: 8_123, models: ["m"],
            kind: .tensorRTLLM),
    ]

    private static func pod(_ container: JSONValue, ip: String = "10.0.0.7") -> EngineCandidate {
        EngineCandidate(namespace: "dev", name: "p", uid: "u", node: "n", ip: ip, containers: [container])
    }

    @Test(arguments: rows) func `an engine is read off its container`(row: Row) {
        let target = EngineTarget.targets(of: Self.pod(row.container)).first
        #expect(target?.id.port == row.port)
        guard let target else { return }
        #expect(target.models == row.models)
        #expect(target.kind == row.kind)
        #expect(target.rankCount == row.ranks)
        #expect(target.blockSize == row.blockSize)
        let source = target.events.flatMap { try? $0.source(rank: 0, host: target.host, sharesLoopback: false).get() }
        #expect(
            [source?.endpoint, source?.replayEndpoint].prefix(max(1, row.endpoints.count))
                == (row.endpoints.isEmpty ? [nil] : row.endpoints)[...])
    }

    @Test func `a pod without an address has no engine yet`() {
        #expect(EngineTarget.targets(of: Self.pod(["command": ["vllm", "serve", "m"]], ip: "")).isEmpty)
    }

    @Test func `ranks raise their ports and a running engine's word counts`() throws {
        let config = try JSONValue.parse(Self.events)
        let settings = try #require(KVEventSettings(config, kind: .vLLM))
        let second = try settings.source(rank: 1, host: "10.0.0.7", sharesLoopback: false).get()
        #expect(second.endpoint == "tcp://10.0.0.7:5561")
        #expect(second.replayEndpoint == "tcp://10.0.0.7:5562")
        var free = config
        free["endpoint"] = "tcp://*:0"
        let waiting = try #require(KVEventSettings(free, kind: .vLLM))
        #expect(throws: KVEventNote.self) { try waiting.source(rank: 0, host: "h", sharesLoopback: false).get() }
        free["endpoint"] = "tcp://10.0.0.7:41234"
        let told = waiting.resolved(by: try #require(KVEventSettings(free, kind: .vLLM)))
        let source = try told.source(rank: 0, host: "h", sharesLoopback: false).get()
        #expect(source.endpoint == "tcp://10.0.0.7:41234")
    }

    @Test func `topics that are known are asked for, and those still to be filled in are not`() throws {
        func prefix(_ topic: String) throws -> String {
            let config: JSONValue = ["enable_kv_cache_events": true, "endpoint": "tcp://*:1", "topic": .string(topic)]
            let settings = try #require(KVEventSettings(config, kind: .vLLM))
            return try settings.source(rank: 0, host: "h", sharesLoopback: false).get().topicPrefix
        }
        #expect(try prefix("kv@p@m") == "kv@p@m")
        #expect(try prefix("kv@$(POD_IP)@m").isEmpty)
        #expect(try prefix("").isEmpty)
    }

    @Test func `an engine that dials loopback is waited for where loopback is shared`() throws {
        for endpoint in ["tcp://127.0.0.1:5557", "tcp://localhost:5557", "tcp://0.0.0.0:5557"] {
            let config: JSONValue = [
                "enable_kv_cache_events": true, "endpoint": .string(endpoint), "replay_endpoint": "tcp://*:6000",
            ]
            let settings = try #require(KVEventSettings(config, kind: .vLLM))
            #expect(throws: KVEventNote.self) { try settings.source(rank: 0, host: "h", sharesLoopback: false).get() }
            let source = try settings.source(rank: 1, host: "127.0.0.1", sharesLoopback: true).get()
            #expect(source.isBoundHere)
            #expect(source.endpoint.hasSuffix(":5558"))
            #expect(!source.endpoint.contains("0.0.0.0"))
            #expect(source.replayEndpoint == "tcp://127.0.0.1:6001")
        }
    }

    @Test func `a running SGLang tells where each rank publishes`() throws {
        let told: JSONValue = [
            "publisher": "zmq", "endpoint_host": "*", "endpoint_port_base": 5557, "replay_endpoint_port_base": 6000,
            "topic": "kv", "dp_size": 2,
        ]
        let config: JSONValue = ["publisher": "zmq", "endpoint": "tcp://*:1"]
        let configured = try #require(KVEventSettings(config, kind: .sgLang))
        let settings = configured.resolved(by: try #require(KVEventSettings(serverInfo: told, rank: 1)))
        let source = try settings.source(rank: 1, host: "10.0.0.7", sharesLoopback: false).get()
        #expect(source.endpoint == "tcp://10.0.0.7:5558")
        #expect(source.replayEndpoint == "tcp://10.0.0.7:6001")
        #expect(source.topicPrefix == "kv")
        #expect(KVEventSettings(serverInfo: ["publisher": "null"], rank: 0) == nil)
    }
}
