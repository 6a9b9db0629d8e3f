import JSONValues
import SystemFiles
import TestKit
import Testing

/// The programs as a user runs them, on real manifests.
@Suite(.serialized) struct StandaloneTests {
    static func prompt(_ topic: String) -> JSONValue {
        let text = String(repeating: "Tell me all about \(topic), with every detail that you know. ", count: 8)
        return ["model": "chat", "messages": [["role": "user", "content": .string(text)]], "max_tokens": 4]
    }

    static func deployChat(_ martlet: Installation) async throws {
        try await martlet.kubectl("apply", "-f", "\(Installation.root)/deploy/samples/chat")
        try await martlet.kubectl(
            "wait", "--for=condition=Available", "--timeout=60s", "modelserving/chat")
        try await Installation.eventually(within: 10, "The gateway knows the route and exact caches") {
            let fleet = try await martlet.page(martlet.coordinator, "/debug/fleet").json
            let engines = fleet["engines"]?.elements ?? []
            return engines.count == 3
                && engines.allSatisfy { $0["exactCache"]?.bool == true && $0["ready"]?.bool == true }
        }
    }

    @Test func `prefill and decode serve the seed's question, streamed and whole`() async throws {
        try await Installation.with { martlet in
            try await martlet.kubectl("create", "namespace", "dev")
            try await martlet.kubectl("apply", "-f", "\(Installation.root)/deploy/samples/deepseek-v2-lite")
            try await martlet.kubectl(
                "wait", "--for=condition=Available", "--timeout=60s", "-n", "dev", "modelserving/deepseek-v2-lite")
            var question: JSONValue = [
                "model": "deepseek-ai/DeepSeekV2",
                "messages": [["role": "user", "content": "Where is the capital of China?"]], "stream": false,
            ]
            try await Installation.eventually(within: 10, "The route answers") {
                try await martlet.ask(question, id: "whole").status == 200
            }
            let decision = try await Self.decision("whole", martlet)
            #expect(decision["prefillPod"]?.string == "deepseek-v2-lite-0-prefill-0-0")
            #expect(decision["pod"]?.string == "deepseek-v2-lite-0-decode-0-0")
            question["stream"] = true
            let stream = try await martlet.ask(question)
            #expect(stream.status == 200 && stream.text.hasSuffix("data: [DONE]\n\n"))
            let listeners = try await ListeningProcess.ours()
            #expect(Set(listeners.map(\.program)).isSuperset(of: ["martlet", "engine-simulato", "martlet-agent"]))
            #expect(listeners.filter { !$0.isLoopback } == [])
        }
    }

    @Test func `a repeated prompt goes where it is cached, and the agent knows every block`() async throws {
        try await Installation.with { martlet in
            try await Self.deployChat(martlet)
            var pods: Set<String> = []
            for turn in 1...3 {
                let answer = try await martlet.ask(Self.prompt("swifts"), id: "turn-\(turn)")
                let decision = try await Self.decision("turn-\(turn)", martlet)
                pods.insert(decision["pod"]?.string ?? "")
                let cached = answer.json[path: "usage", "prompt_tokens_details", "cached_tokens"]?.integer ?? 0
                #expect(turn == 1 || cached > 0, "turn \(turn)")
                #expect(decision["predictedCachedTokens"]?.integer == cached, "turn \(turn)")
                try await Task.sleep(for: .milliseconds(300))
            }
            #expect(pods.count == 1)
            try await Self.expectBlocksAgree(martlet)
        }
    }

    /// What was decided of a request, which is on record a moment after its answer has ended.
    private static func decision(_ id: String, _ martlet: Installation) async throws -> JSONValue {
        var decision: JSONValue = [:]
        try await Installation.eventually(within: 5, "The decision of request \(id) is on record") {
            decision = try await martlet.page(martlet.coordinator, "/debug/decisions/\(id)").json
            return decision["pod"] != nil
        }
        return decision
    }

    /// The agent's count of blocks equals what each simulator says of itself.
    private static func expectBlocksAgree(_ martlet: Installation) async throws {
        try await Installation.eventually(within: 5, "The agent's blocks equal the engines'") {
            let engines = try await martlet.page(martlet.agent, "/v1/engines").json["engines"]?.elements ?? []
            for engine in engines {
                let url = "http://\(engine["host"]?.string ?? ""):\(engine["port"]?.integer ?? 0)/simulator/blocks"
                let truth = try await Installation.fetch(url).json
                guard truth["blocks"]?.elements.count == engine["blocks"]?.integer else { return false }
            }
            return engines.count == 3
        }
    }

    @Test func `killing an engine costs its own requests only, and it comes back`() async throws {
        try await Installation.with { martlet in
            try await Self.deployChat(martlet)
            let victim = try await martlet.objects("pods").first {
                $0[path: "metadata", "name"]?.string?.contains("-1-") ?? false
            }
            let address = victim?[path: "status", "podIP"]?.string ?? ""
            let pid = try #require(try await ListeningProcess.pid(of: address, port: 8_000))
            _ = try await Command.run("kill", ["-9", "\(pid)"])
            var failures = 0
            for index in 0..<40 where try await martlet.ask(Self.prompt("topic \(index)")).status != 200 {
                failures += 1
            }
            #expect(failures == 0)
            try await Installation.eventually(within: 30, "Three engines are ready again, the killed one anew") {
                let pods = try await martlet.objects("pods")
                let ready = pods.filter { pod in
                    (pod[path: "status", "conditions"]?.elements ?? [])
                        .contains { $0["type"] == "Ready" && $0["status"] == "True" }
                }
                let old = Self.containerID(victim ?? .null)
                return ready.count == 3 && !pods.contains { Self.containerID($0) == old }
            }
            let serving = try await martlet.objects("modelservings")[0]
            #expect(serving[path: "status", "availableReplicas"]?.integer == 3)
        }
    }

    private static func containerID(_ pod: JSONValue) -> JSONValue? {
        pod[path: "status", "containerStatuses"]?[0]?["containerID"]
    }

    @Test func `killing coordinator and agent restarts no pod and restores the index`() async throws {
        try await Installation.with { martlet in
            try await Self.deployChat(martlet)
            _ = try await martlet.ask(Self.prompt("storks"), id: "before")
            let before = try await martlet.objects("pods").map {
                [$0[path: "metadata", "uid"], Self.containerID($0)]
            }
            let first = try await Self.decision("before", martlet)
            for name in ["agent", "coordinator"] {
                let pid = try Files.text("\(martlet.directory)/data/run/\(name).pid").split(separator: " ")[0]
                _ = try await Command.run("kill", ["-9", String(pid)])
            }
            try await Installation.eventually(within: 20, "Both are ready again") {
                let coordinator = try await martlet.page(martlet.coordinator, "/readyz")
                let agent = try await martlet.page(martlet.agent, "/readyz")
                return coordinator.status == 200 && agent.status == 200
            }
            try await Installation.eventually(within: 20, "The repeated prompt is found again") {
                let answer = try await martlet.ask(Self.prompt("storks"), id: "after")
                let after = try await Self.decision("after", martlet)
                return answer.status == 200 && after["pod"] == first["pod"]
                    && (after["predictedCachedTokens"]?.integer ?? 0) > 0
            }
            let after = try await martlet.objects("pods").map {
                [$0[path: "metadata", "uid"], Self.containerID($0)]
            }
            #expect(before == after)
        }
    }
}

/// Which process listens on an address, by ss.
struct ListeningProcess: Hashable {
    var address: String
    /// The first 15 letters of its name.
    var program: String

    var isLoopback: Bool {
        ["127.", "[::ffff:127.", "[::1]"].contains { address.hasPrefix($0) }
    }

    /// Everything that a program of Martlet listens on.
    static func ours() async throws -> [ListeningProcess] {
        let sockets = try await Command.run("ss", ["-Hltnp"])
        return sockets.output.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 5, let name = words[5].split(separator: "\"").dropFirst().first else { return nil }
            return ListeningProcess(address: String(words[3]), program: String(name))
        }
        .filter { $0.program.hasPrefix("martlet") || $0.program.hasPrefix("engine-simul") }
    }

    static func pid(of address: String, port: Int) async throws -> Int? {
        let sockets = try await Command.run("ss", ["-Hltnp", "src", "\(address):\(port)"])
        guard let range = sockets.output.firstRange(of: "pid=") else { return nil }
        return Int(sockets.output[range.upperBound...].prefix { $0.isNumber })
    }
}
