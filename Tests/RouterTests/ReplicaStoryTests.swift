import AgentLink
import AgentProtocol
import AsyncHTTPClient
import ClusterKit
import Glibc
import JSONValues
import Logging
import NIOCore
import NIOHTTP1
import Observability
import ServingAPI
import SystemFiles
import TestKit
import Testing

/// Two coordinator processes in front of the same engines, and the agent between them: what one has sent, the other
/// knows before any engine's metrics say so, for the agent here never reports a load.
@Suite(.serialized) struct ReplicaStoryTests {
    /// Both replicas, and the agent's links to them.
    struct Replicas: Sendable {
        let first: Router
        let second: Router

        /// The pod that served the last request of a replica.
        func pod(_ router: Router) async throws -> String {
            let page = try await router.process.json("debug/decisions?last=1")
            return page["decisions"]?.elements.first?["pod"]?.string ?? ""
        }

        /// Work at engines that a replica heard of.
        func heard(_ router: Router) async throws -> Double {
            try await router.process.samples("martlet_gateway_replica_work_heard_total").first?.value ?? 0
        }

        func send(_ router: Router, prompt: [Int], tokens: Int = 1) async throws -> HTTPClientResponse {
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(router.port)/v1/completions")
            request.method = .POST
            let body: JSONValue = [
                "model": "m", "max_tokens": JSONValue(tokens), "ignore_eos": true, "stream": .bool(tokens > 100),
                "prompt": .array(prompt.map { JSONValue($0) }),
            ]
            request.body = .bytes(ByteBuffer(bytes: body.bytes()))
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(120))
            #expect(response.status == .ok)
            return response
        }

        /// Sends a short request and gives the pod that served it.
        func ask(_ router: Router, prompt: [Int], tokens: Int = 1) async throws -> String {
            _ = try await send(router, prompt: prompt, tokens: tokens).body.collect(upTo: 1 << 20)
            return try await pod(router)
        }
    }

    static func prompt(_ number: Int, tokens: Int) -> [Int] {
        (0..<tokens).map { 300 + ($0 * 7 + number * 131) % 1_500 }
    }

    /// What the agent says of its engines; it does not change.
    static func reports(_ engines: [Engine]) -> [Report] {
        engines.flatMap { engine -> [Report] in
            var description = EngineDescription(
                id: EngineID(namespace: "default", pod: engine.pod, port: engine.port), podUID: engine.pod, node: "n1",
                host: engine.host, kind: .vLLM, incarnation: 1)
            description.isReady = true
            description.models = [engine.model]
            description.blockSize = 16
            description.hasExactCache = true
            return [.engine(description), .load(description.id, EngineLoad())]
        }
    }

    static func link(_ port: Int, _ keys: CurveKeys, _ relay: WorkRelay, _ engines: [Engine]) throws -> AgentLinkClient
    {
        try AgentLinkClient(
            AgentDescription(id: AgentID("n1"), epoch: 1), endpoints: ["tcp://127.0.0.1:\(port)"],
            coordinatorKey: keys.publicKey, keys: keys, metrics: MetricsRegistry(), logger: .silent, relay: relay
        ) { reports(engines) }
    }

    static func run(_ body: @Sendable @escaping (Replicas) async throws -> Void) async throws {
        let ports = try await FreePorts.take(3)
        let engines = (0..<2).map { index in
            Engine(
                pod: "chat-\(index)", labels: ["app": "chat"], host: "127.0.29.\(index + 1)", port: ports[0],
                model: "served", flags: ["--time-scale", "1"])
        }
        // One pair of keys serves both ends, for the coordinators read theirs from a file.
        let file = "\(Environment["TMPDIR"] ?? "/tmp")/martlet-replicas-\(UInt64.random(in: 0 ... .max)).keys"
        let keys = try CurveKeys.loadOrGenerate(file)
        defer { unsafe _ = unlink(file) }
        func flags(_ port: Int) -> [String] {
            ["--link-address", "tcp://127.0.0.1:\(port)", "--link-keys", file, "--allow-agent", keys.publicKey]
        }
        let relay = WorkRelay()
        let links = try ports[1...].map { try link($0, keys, relay, engines) }
        try await Router.with(engines, gateways: false, more: { _ in flags(ports[1]) }) {
            [flags = flags(ports[2])] first in
            try await first.serve("chat", label: "chat", port: ports[0], model: "served")
            try await first.create(
                .modelRoute, "m",
                ["modelName": "m", "rules": [["name": "all", "targetModels": [["modelServerName": "chat"]]]]])
            try await first.another(more: flags) { second in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for link in links { group.addTask { try await link.run() } }
                    let replicas = Replicas(first: first, second: second)
                    for router in [first, second] {
                        try await router.wait("m", for: "served")
                        try await eventually("the fleet to know both engines") {
                            try await router.process.json("debug/fleet")["engines"]?.elements.count == 2
                        }
                    }
                    try await body(replicas)
                    group.cancelAll()
                }
            }
        }
    }

    @Test func `a replica avoids an engine that another just loaded, and goes where another's prompt will be`()
        async throws
    {
        try await Self.run { replicas in
            let (first, second) = (replicas.first, replicas.second)
            // With nothing under way, both engines are used.
            var pods: Set<String> = []
            try await eventually("both engines to be used") {
                pods.insert(try await replicas.ask(second, prompt: Self.prompt(pods.count, tokens: 8)))
                return pods.count == 2
            }
            let before = try await replicas.heard(second)
            let long = try await replicas.send(first, prompt: Self.prompt(50, tokens: 64), tokens: 2_000)
            try await eventually("the second to hear of it") { try await replicas.heard(second) > before }
            pods = []
            // Answers of some length, for one request under way costs a very short one next to nothing.
            for number in 0..<10 {
                pods.insert(try await replicas.ask(second, prompt: Self.prompt(100 + number, tokens: 8), tokens: 48))
            }
            _ = try await long.body.collect(upTo: 4 << 20)
            let loaded = try await replicas.pod(first)
            #expect(pods.count == 1 && !pods.contains(loaded), "\(loaded) was loaded, used were \(pods)")
            try await Self.followsPrompts(replicas)
        }
    }

    /// Prompts that the first replica just sent are predicted by the second where they went, though no event tells of
    /// them.
    static func followsPrompts(_ replicas: Replicas) async throws {
        for number in 0..<8 {
            let prompt = prompt(200 + number, tokens: 512)
            let before = try await replicas.heard(replicas.second)
            let pod = try await replicas.ask(replicas.first, prompt: prompt)
            try await eventually("the second to hear of it") { try await replicas.heard(replicas.second) > before }
            #expect(try await replicas.ask(replicas.second, prompt: prompt) == pod)
        }
    }
}
