import Authentication
import Gateway
import Governance
import JSONValues
import Logging
import Routing
import TestKit
import Testing

/// Sessions that are named by a claim of the caller's token.
struct ClaimAffinityTests {
    static let issuer = TestIssuer()

    static func run(
        _ body: @Sendable @escaping (GatewayHarness, [ScriptedEngine]) async throws -> Void
    ) async throws {
        var started: [ScriptedEngine] = []
        for name in ["a", "b", "c", "d"] {
            started.append(try await .start(name) { _ in [ScriptedEngine.response(RelayTests.answer)] })
        }
        let engines = started
        let authenticator = Authenticator(
            AuthConfiguration(keySetURI: "https://i/keys", claims: ["team"]), fetch: { _ in issuer.keySet },
            now: { 1_000 }, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await withThrowingTaskGroup { group in
            group.addTask { try await authenticator.run() }
            try await GatewayHarness.run(engines.map { $0.endpoint() }, authenticator: authenticator) {
                harness async throws in
                let affinity = SessionAffinity(sources: [.claim("team")])
                harness.gateway.update(.cost(CostPolicy(affinity: affinity)))
                try await body(harness, engines)
            }
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
        for engine in engines { try await engine.stop() }
    }

    static func ask(_ harness: GatewayHarness, _ claims: JSONValue) async throws {
        let request = try AuthenticationTests.request("Authorization: Bearer \(issuer.token(claims))\r\n")
        #expect(try await AuthenticationTests.ask(harness, request).hasPrefix("HTTP/1.1 200 OK"))
    }

    @Test func `requests of one team go to one engine, whoever of it asks, and teams to different ones`() async throws {
        try await Self.run { harness, engines async throws in
            var homes: Set<String> = []
            for team in 0..<8 {
                let before = engines.map(\.received.count)
                for user in ["mia", "bob", "eve", "mia"] {
                    let claims: JSONValue = ["exp": 2_000, "sub": .string(user), "team": JSONValue(team)]
                    try await Self.ask(harness, claims)
                }
                let served = zip(engines, before).filter { $0.received.count > $1 }.map(\.0.name)
                #expect(served.count == 1, "team \(team): \(served)")
                homes.formUnion(served)
            }
            #expect(homes.count > 1)
        }
    }

    @Test func `without the claim requests spread, and no claim that is not asked for is kept`() async throws {
        try await Self.run { harness, engines async throws in
            for number in 0..<24 {
                try await Self.ask(harness, ["exp": 2_000, "sub": "mia", "other": JSONValue(number)])
            }
            #expect(engines.count { !$0.received.isEmpty } > 1)
        }
    }
}
