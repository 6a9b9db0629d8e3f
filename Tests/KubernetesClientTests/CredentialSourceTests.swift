import KubernetesAPI
import Synchronization
import Testing

@testable import KubernetesClient

@Suite(.timeLimit(.minutes(1))) struct CredentialSourceTests {
    static let plugin = CredentialPlugin(apiVersion: CredentialPlugin.versions[0], command: "give-token")

    /// A clock that is set, and a plugin whose answers are numbered.
    final class World: Sendable {
        struct State {
            var seconds = 0
            var runs = 0
            var fails = false
            /// Seconds a credential lives; nil for ever.
            var life: Int?
        }

        let state = Mutex(State())
        private let start = ContinuousClock.now

        func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
        var runs: Int { state.withLock { $0.runs } }

        func source(
            _ beforeAnswer: @escaping @Sendable () async throws -> Void = {}
        ) -> CredentialSource {
            CredentialSource(
                .plugin(CredentialSourceTests.plugin),
                runPlugin: { [self] _ in
                    let (number, fails, expiry) = state.withLock { state in
                        state.runs += 1
                        let expiry = state.life.map { "\(Timestamp(secondsSince1970: Double(state.seconds + $0)))" }
                        return (state.runs, state.fails, expiry)
                    }
                    try await beforeAnswer()
                    if fails { throw ConfigurationError("failure \(number)") }
                    let end = expiry.map { ",\"expirationTimestamp\":\"\($0)\"" } ?? ""
                    let text = """
                        {"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",
                        "status":{"token":"t\(number)"\(end)}}
                        """
                    return try PluginCredential(Array(text.utf8), from: CredentialSourceTests.plugin)
                },
                now: { [self] in
                    let seconds = state.withLock { $0.seconds }
                    return (start + .seconds(seconds), Timestamp(secondsSince1970: Double(seconds)))
                })
        }
    }

    struct Row: Sendable {
        var life: Int?
        /// Seconds at which the credential is wanted, and the token then.
        var asked: [(Int, String)]
        var refusedAt: Int?
    }

    static let rows: [Row] = [
        Row(life: nil, asked: [(0, "t1"), (1_000_000, "t1")]),
        Row(life: 3600, asked: [(0, "t1"), (3589, "t1"), (3590, "t2"), (3591, "t2"), (7180, "t3")]),
        // One that is over before it can be used is not asked for in circles.
        Row(life: -5, asked: [(0, "t1"), (4, "t1"), (5, "t2")]),
        Row(life: nil, asked: [(0, "t1"), (100, "t1"), (101, "t2"), (500, "t2")], refusedAt: 100),
        Row(life: nil, asked: [(0, "t1"), (4, "t1"), (5, "t2")], refusedAt: 0),
    ]

    @Test(arguments: rows) func `a plugin runs again when its credential is over or refused`(row: Row) async throws {
        let world = World()
        let source = world.source()
        world.set { $0.life = row.life }
        for (second, token) in row.asked {
            world.set { $0.seconds = second }
            let proof = try await source.proof()
            #expect(proof.token == token, "at \(second)")
            if row.refusedAt == second { source.refused(proof) }
        }
    }

    @Test func `a refusal of what was replaced already changes nothing`() async throws {
        let world = World()
        let source = world.source()
        let first = try await source.proof()
        world.set { $0.seconds = 10 }
        source.refused(first)
        #expect(try await source.proof().token == "t2")
        world.set { $0.seconds = 20 }
        source.refused(first)
        #expect(try await source.proof().token == "t2")
    }

    @Test func `a failure is told to all for a while, then it is tried again`() async throws {
        let world = World()
        let source = world.source()
        world.set { $0.fails = true }
        for second in [0, 2, 4] {
            world.set { $0.seconds = second }
            let error = await #expect(throws: ConfigurationError.self) { try await source.proof() }
            #expect(error?.description == "failure 1")
        }
        world.set { state in (state.seconds, state.fails) = (5, false) }
        #expect(try await source.proof().token == "t2")
    }

    @Test func `many who ask at once wait for one run`() async throws {
        let world = World()
        let meeting = AsyncStream.makeStream(of: Void.self)
        let source = world.source { for await _ in meeting.stream { break } }
        try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<20 { group.addTask { try await source.proof().token } }
            meeting.continuation.yield()
            for try await token in group { #expect(token == "t1") }
        }
        #expect(world.runs == 1)
    }

    @Test func `who is cancelled while running the plugin leaves it to the next`() async throws {
        let world = World()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let source = world.source {
            start.yield()
            if world.runs == 1 { try await Task.sleep(for: .seconds(600)) }
        }
        let second = await withTaskGroup(of: String?.self) { group in
            group.addTask { try? await source.proof().token }
            for await _ in started { break }
            group.cancelAll()
            return try? await source.proof().token
        }
        #expect(second == "t2")
    }
}
