import EngineSimulator
import EngineWire
import Testing

struct ContainerCommandTests {
    struct Row: Sendable {
        var words: [String]
        var command: ContainerCommand
    }

    static let rows = [
        Row(
            words: ["/mnt/cache/M/", "--served-model-name", "deepseek-ai/DeepSeekV2", "--enforce-eager"],
            command: .serve(["/mnt/cache/M/", "--served-model-name", "deepseek-ai/DeepSeekV2", "--enforce-eager"])),
        Row(words: [], command: .serve([])),
        Row(words: ["vllm", "serve", "m", "--port", "1"], command: .serve(["m", "--port", "1"])),
        Row(words: ["/usr/bin/vllm", "serve", "m"], command: .serve(["m"])),
        Row(
            words: ["python3", "-m", "vllm.entrypoints.openai.api_server", "--model", "m"],
            command: .serve(["--model", "m"])),
        Row(
            words: [
                "sh", "-c",
                """
                bash /vllm-workspace/examples/online_serving/multi-node-serving.sh leader --ray_cluster_size=2; 
                python3 -m vllm.entrypoints.openai.api_server --port 8080 --model meta-llama/Llama-3.1-405B-Instruct \
                --tensor-parallel-size 8 --pipeline_parallel_size 2
                """,
            ],
            command: .leader(
                workers: 1,
                serve: [
                    "--port", "8080", "--model", "meta-llama/Llama-3.1-405B-Instruct", "--tensor-parallel-size", "8",
                    "--pipeline_parallel_size", "2",
                ])),
        Row(
            words: [
                "sh", "-c",
                "bash /vllm-workspace/examples/online_serving/multi-node-serving.sh worker --ray_address=llama-0-0-0.x",
            ],
            command: .worker(leader: "llama-0-0-0.x")),
        Row(
            words: ["/bin/bash", "-lc", "export A=1 && B=2 exec vllm serve \"my model\" --port $PORT '--x=${Y}'"],
            command: .serve(["my model", "--port", "9000", "--x=${Y}"])),
        Row(words: ["bash", "-c", "ray start --address=head:6379 --block"], command: .worker(leader: "head")),
    ]

    @Test(arguments: rows) func `reads what a container would do`(row: Row) throws {
        #expect(try ContainerCommand(row.words, environment: { ["PORT": "9000", "Y": "no"][$0] }) == row.command)
    }

    @Test(arguments: [
        ["sh", "-c", "echo hello"], ["sh", "-c", "vllm serve 'open"], ["python3", "-m", "http.server"],
    ])
    func `refuses what starts no server`(words: [String]) {
        #expect(throws: SimulatorError.self) { try ContainerCommand(words) }
    }

    @Test func `reads the seed's prefill engine`() throws {
        let config = """
            {"kv_connector":"MooncakeConnectorV1","kv_buffer_device":"npu","kv_role":"kv_producer",\
            "kv_parallel_size":1,"kv_port":"20001","engine_id":"0","kv_rank":0,\
            "kv_connector_extra_config":{"prefill":{"dp_size":2}}}
            """
        let flags = try EngineFlags(arguments: [
            "/mnt/cache/M/", "--served-model-name", "deepseek-ai/DeepSeekV2", "--tensor-parallel-size", "2",
            "--gpu-memory-utilization", "0.8", "--max-model-len", "8192", "--max-num-batched-tokens", "16384",
            "--trust-remote-code", "--no-enable-prefix-caching", "--enforce-eager", "--kv-transfer-config", config,
        ])
        #expect(flags.servedNames == ["deepseek-ai/DeepSeekV2"])
        #expect(flags.maxBatchedTokens == 16_384)
        #expect(!flags.isCaching)
        #expect(flags.unknown.isEmpty)
        #expect(flags.kvTransfer?.connector == .pull)
        #expect(flags.kvTransfer?.role == .producer)
        #expect(flags.kvTransfer?.port == 20_001)
        #expect(flags.kvTransfer?.engineID == "0")
    }

    @Test func `takes underscores, equals signs, lists and short numbers, and names the unknown once`() throws {
        let flags = try EngineFlags(arguments: [
            "m", "--max_model_len=32k", "-tp", "8", "--lora-modules", "a=/a", "b=/b", "--novel", "1", "--novel", "2",
            "--enable_lora", "--served_model_name", "x", "y", "--no-enforce-eager", "--port=0",
        ])
        #expect(flags.model == "m")
        #expect(flags.maxModelLength == 32_000)
        #expect(flags.tensorParallel == 8)
        #expect(flags.adapters.map(\.name) == ["a", "b"])
        #expect(flags.servedNames == ["x", "y"])
        #expect(flags.unknown == ["novel"])
    }

    @Test(arguments: [
        ["--port"], ["--port", "x"], ["--port", "70000"], ["a", "b"], ["--kv-events-config", "{"],
        ["--kv-transfer-config", "{\"kv_connector\":\"NixlConnector\",\"kv_role\":\"x\"}"], ["--block-size", "0"],
    ])
    func `says what is wrong with a flag`(arguments: [String]) {
        #expect(throws: SimulatorError.self) { try EngineFlags(arguments: arguments) }
    }

    @Test func `never listens on every address`() throws {
        let flags = try EngineFlags(arguments: [
            "m", "--host", "0.0.0.0", "--kv-events-config",
            "{\"enable_kv_cache_events\":true,\"endpoint\":\"tcp://*:5557\","
                + "\"replay_endpoint\":\"tcp://0.0.0.0:5558\"}",
        ])
        let alone = try EngineIdentity(flags: flags, environment: [:])
        #expect(alone.host == "127.0.0.1")
        #expect(alone.events?.endpoint == "tcp://127.0.0.1:5557")
        let pod = try EngineIdentity(flags: flags, environment: ["MARTLET_POD_IP": "127.64.0.9"])
        #expect(pod.host == "127.64.0.9")
        #expect(pod.events?.endpoint == "tcp://127.64.0.9:5557")
        #expect(pod.events?.replayEndpoint == "tcp://127.64.0.9:5558")
        #expect(pod.events?.isBound == true)
    }
}
