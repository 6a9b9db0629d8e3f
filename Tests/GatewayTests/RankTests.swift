import AgentProtocol
import Gateway
import KVBlocks
import Routing
import Testing

/// Engines with several data-parallel ranks behind one address.
struct RankTests {
    static func run(
        ranks: Int, _ body: @Sendable @escaping (GatewayHarness, ScriptedEngine) async throws -> Void
    ) async throws {
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response("{}")] }
        let view = FleetView(
            snapshot: { { _ in EngineFacts(rankCount: ranks) } },
            readings: { plan, _ in
                TargetReadings(engines: plan.server.endpoints.map { _ in EngineReading(EngineFacts(rankCount: ranks)) })
            })
        try await GatewayHarness.run([engine.endpoint()], fleet: view) { harness async throws in
            try await body(harness, engine)
        }
        try await engine.stop()
    }

    static let chat = post("/v1/chat/completions", #"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#)

    @Test func `a request names one of the engine's ranks, and requests spread over them`() async throws {
        try await Self.run(ranks: 4) { harness, engine async throws in
            for _ in 0..<40 { #expect(try await harness.ask(Self.chat).contains("200 OK")) }
            let named = engine.received.map { $0.fields["x-data-parallel-rank"] ?? "none" }
            #expect(named.count == 40)
            #expect(Set(named).isSubset(of: ["0", "1", "2", "3"]))
            #expect(Set(named).count > 2, "\(named)")
        }
    }

    @Test func `the client's own choice stands, and an engine of one rank gets no name`() async throws {
        try await Self.run(ranks: 4) { harness, engine async throws in
            let chat = post(
                "/v1/chat/completions", #"{"model":"m","messages":[]}"#, fields: "X-Data-Parallel-Rank: 3\r\n")
            _ = try await harness.ask(chat)
            #expect(engine.received.map { $0.fields["x-data-parallel-rank"] } == ["3"])
        }
        try await Self.run(ranks: 1) { harness, engine async throws in
            _ = try await harness.ask(Self.chat)
            #expect(engine.received.map { $0.fields["x-data-parallel-rank"] } == [nil])
        }
    }
}
