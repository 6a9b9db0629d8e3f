import Gateway
import JSONValues
import NIOCore
import Routing
import Synchronization
import Testing

/// The two ways of the mooncake connector: engines that answer with the transfer object, and engines that meet at the
/// prefill engine's bootstrap server.
struct MooncakePairTests {
    static func parameters(_ received: ScriptedEngine.Received?) -> JSONValue? {
        (try? JSONValue.parse(Array((received?.body ?? "").utf8)))?["kv_transfer_params"]
    }

    /// A prefill engine that answers with no object, and what its bootstrap server says.
    static func meeting(
        _ name: String = "p0", _ query: String? = #"{"0":{"engine_id":"e0","worker_addr":{}}}"#,
        whenAsked: @escaping @Sendable () -> Void = {}
    ) async throws -> (engine: ScriptedEngine, bootstrap: ScriptedEngine) {
        let engine = try await ScriptedEngine.start(name) { _ in
            [ScriptedEngine.response(#"{"id":"x","choices":[],"kv_transfer_params":null}"#)]
        }
        let bootstrap = try await ScriptedEngine.start("\(name)-bootstrap") { received in
            whenAsked()
            guard received.target == "/query", let query else { return [ScriptedEngine.response("{}", "404 No")] }
            return [ScriptedEngine.response(query)]
        }
        return (engine, bootstrap)
    }

    static func run(
        _ prefill: (engine: ScriptedEngine, bootstrap: ScriptedEngine), _ decode: ScriptedEngine,
        configuration: (inout GatewayConfiguration) -> Void = { _ in },
        _ body: @Sendable @escaping (GatewayHarness) async throws -> Void
    ) async throws {
        let first = prefill.engine.endpoint(.prefill, group: "g", bootstrapPort: prefill.bootstrap.port)
        try await GatewayHarness.run(
            [first, decode.endpoint(.decode, group: "g")],
            server: {
                $0.isDisaggregated = true
                $0.connector = .mooncake
            }, configuration: configuration
        ) { harness async throws in
            harness.gateway.update(PairTests.always)
            try await body(harness)
        }
    }

    @Test func `an object that the prefill answers with is relayed, and no bootstrap server asked`() async throws {
        let prefill = (engine: try await PairTests.prefill(), bootstrap: try await Self.meeting("q").bootstrap)
        let decode = try await PairTests.decode()
        try await Self.run(prefill, decode) { harness async throws in
            for _ in 0..<2 { #expect(try await harness.ask(PairTests.request).contains("d0")) }
            for received in prefill.engine.received {
                let asked = Self.parameters(received)
                #expect(asked?["do_remote_decode"] == true && asked?["remote_port"] == .null)
                #expect(asked?["transfer_id"]?.string?.hasPrefix("xfer-") == true)
            }
            #expect(decode.received.allSatisfy { $0.body.contains(PairTests.parameters) })
            #expect(prefill.bootstrap.received.isEmpty)
        }
    }

    @Test func `engines that meet are asked who they are once, then run at once`() async throws {
        let prefill = try await Self.meeting()
        let decode = try await PairTests.decode()
        try await Self.run(prefill, decode) { harness async throws in
            for _ in 0..<3 { #expect(try await harness.ask(PairTests.request).contains("d0")) }
            try await eventually("every prefill") { prefill.engine.received.count == 3 }
            #expect(prefill.bootstrap.received.map(\.target) == ["/query"])
            let address = "http://127.0.0.1:\(prefill.bootstrap.port)"
            var ids: Set<String> = []
            for (first, second) in zip(prefill.engine.received, decode.received) {
                let asked = Self.parameters(first)
                let id = try #require(asked?["transfer_id"]?.string)
                ids.insert(id)
                #expect(asked?["do_remote_decode"] == true && asked?["do_remote_prefill"] == false)
                #expect(
                    Self.parameters(second) == [
                        "do_remote_decode": false, "do_remote_prefill": true, "transfer_id": .string(id),
                        "remote_engine_id": "e0", "remote_bootstrap_addr": .string(address),
                    ])
                #expect(second.body.contains(#""max_completion_tokens":20,"min_tokens":5"#))
            }
            #expect(ids.count == 3, "each request has a transfer of its own")
        }
    }

    @Test func `the legs of engines that meet run at once`() async throws {
        let isDecoding = Atomic(false)
        let isFirst = Atomic(true)
        let prefill = try await ScriptedEngine.start("p0") { _ in
            // All but the first wait for the other leg.
            let first = isFirst.exchange(false, ordering: .relaxed)
            return [.wait { first || isDecoding.load(ordering: .relaxed) }, ScriptedEngine.response("{}")]
        }
        let decode = try await ScriptedEngine.start("d0") { _ in
            if prefill.received.count > 1 { isDecoding.store(true, ordering: .relaxed) }
            return [ScriptedEngine.response(#"{"from":"d0"}"#)]
        }
        let bootstrap = try await Self.meeting("q").bootstrap
        try await Self.run((prefill, bootstrap), decode) { harness async throws in
            for _ in 0..<2 { #expect(try await harness.ask(PairTests.request).contains("d0")) }
        }
    }

    @Test func `of several ranks the router names the one that both legs mean`() async throws {
        let prefill = try await Self.meeting("p0", #"{"0":{"engine_id":"e0"},"1":{"engine_id":"e1"}}"#)
        let decode = try await PairTests.decode()
        try await Self.run(prefill, decode) { harness async throws in
            for _ in 0..<5 { #expect(try await harness.ask(PairTests.request).contains("d0")) }
            try await eventually("every prefill") { prefill.engine.received.count == 5 }
            // Whose rank was not known yet computed the prompt itself.
            #expect(Self.parameters(decode.received.first) == nil)
            for (first, second) in zip(prefill.engine.received, decode.received).dropFirst() {
                let rank = try #require(first.fields["x-data-parallel-rank"])
                #expect(Self.parameters(second)?["remote_engine_id"] == .string("e\(rank)"))
                #expect(second.fields["x-data-parallel-rank"] == nil)
            }
        }
    }

    @Test(arguments: [nil, "{}", "[1]"])
    func `engines that do neither compute prompts themselves`(query: String?) async throws {
        let prefill = try await Self.meeting("p0", query)
        let decode = try await PairTests.decode()
        try await Self.run(prefill, decode) { harness async throws in
            for _ in 0..<2 { #expect(try await harness.ask(PairTests.request).contains("d0")) }
            #expect(decode.received.allSatisfy { !$0.body.contains("kv_transfer_params") })
            #expect(prefill.bootstrap.received.count == 1)
        }
    }

    /// Seconds from the end of the prefill to the sending of the decode, around a lease of 25.
    @Test(arguments: [(24.9, true), (25.0, false), (25.1, false)])
    func `what is older than the lease is not relayed`(age: Double, isRelayed: Bool) async throws {
        let now = Mutex(Duration.seconds(1_000))
        let prefill = try await Self.meeting { now.withLock { $0 += .seconds(age) } }
        let decode = try await PairTests.decode()
        try await Self.run(
            prefill, decode, configuration: { $0.clock = { now.withLock { $0 } } }
        ) { harness async throws in
            #expect(try await harness.ask(PairTests.request).contains("d0"))
            #expect((Self.parameters(decode.received.first) != nil) == isRelayed)
            #expect(try await harness.decision("pair").contains(#""transferDropped":true"#) != isRelayed)
        }
    }
}
