import JSONValues
import KubernetesAPI
import KubernetesClient
import Synchronization
import Testing

/// Kinds that a server may serve or not, as those of Volcano.
@Suite(.timeLimit(.minutes(1))) struct OptionalKindTests {
    static let gangs = ResourceKind(
        group: "scheduling.example", version: "v1", kind: "Gang", plural: "gangs", isNamespaced: true)

    /// A server with a kind that comes and goes with its definition.
    final class Definitions: Sendable {
        private struct State {
            /// Nil where there is no definition.
            var version: Int?
            var objects: [String] = []
            var open: [AsyncStream<String>.Continuation] = []
        }

        private let state = Mutex(State())
        /// What is said of a kind that is not defined.
        private let absence: Reply

        init(absence: Reply = .text(404, "404 page not found\n")) { self.absence = absence }

        /// Defines the kind, with objects, or takes it away; watches hear of it.
        func define(_ version: Int?, objects: [String] = []) {
            state.withLock { state in
                let type = version == nil ? "DELETED" : state.version == nil ? "ADDED" : "MODIFIED"
                state.version = version
                state.objects = objects
                for stream in state.open {
                    stream.yield(.line(type, Self.definition(version ?? 0)))
                    stream.finish()
                }
                state.open = []
            }
        }

        private static func definition(_ version: Int) -> JSONValue {
            [
                "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata",
                "metadata": ["name": "gangs.scheduling.example", "resourceVersion": .string(String(version))],
            ]
        }

        /// `isReadable` is false for a server that lets nobody see definitions.
        func reply(to call: Call, isReadable: Bool) -> Reply {
            state.withLock { state in
                let isDefinition = call.path.hasSuffix("/customresourcedefinitions")
                if isDefinition, !isReadable { return .json(403, .status(403, .forbidden)) }
                if !isDefinition, state.version == nil { return absence }
                if call.query["watch"] == "true" {
                    let (stream, continuation) = AsyncStream.makeStream(of: String.self)
                    state.open.append(continuation)
                    return .chunks(stream)
                }
                let items =
                    isDefinition
                    ? state.version.map { [Self.definition($0)] } ?? [] : state.objects.map { .pod($0) }
                return .json(.pods(items, version: 1))
            }
        }
    }

    /// What an informer told, in order.
    private static func follow(
        isReadable: Bool = true, pauseMax: Duration, _ definitions: Definitions,
        _ body: @escaping @Sendable (Informer, InformerTests.Journal, ScriptedServer) async throws -> Void
    ) async throws {
        try await ScriptedServer.run(reply: { call, _ in definitions.reply(to: call, isReadable: isReadable) }) {
            server in
            let client = try server.client()
            let journal = InformerTests.Journal()
            let informer = Informer(
                client, gangs, isOptional: true, backoff: Backoff(first: pauseMax, max: pauseMax), logger: .silent)
            informer.onChange { journal.add($0) }
            informer.onServedChange { journal.add($0 ? "served" : "absent") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await informer.run() }
                try await body(informer, journal, server)
                group.cancelAll()
            }
            try await client.shutdown()
        }
    }

    @Test func `a kind that is not served is known to be absent`() async throws {
        try await Self.follow(pauseMax: .seconds(600), Definitions()) { informer, journal, _ in
            #expect(!informer.isSynced)
            await informer.waitUntilSynced()
            #expect(informer.isSynced && !informer.isServed && informer.objects.isEmpty)
            #expect(await journal.next(1) == ["absent"])
        }
    }

    @Test func `a kind comes with its definition, goes with it and comes back`() async throws {
        let definitions = Definitions()
        // No pause ends within the test: only the definition's changes can wake the informer.
        try await Self.follow(pauseMax: .seconds(600), definitions) { informer, journal, server in
            #expect(await journal.next(1) == ["absent"])
            definitions.define(1, objects: ["a"])
            #expect(await journal.next(2) == ["+a@1", "served"])
            #expect(informer.isServed)
            let definition = server.calls.first { $0.path.hasSuffix("/customresourcedefinitions") }
            #expect(definition?.query["fieldSelector"] == "metadata.name=gangs.scheduling.example")
        }
        definitions.define(2, objects: ["a", "b"])
        try await Self.follow(pauseMax: .milliseconds(20), definitions) { informer, journal, _ in
            #expect(await Set(journal.next(3)) == ["+a@1", "+b@1", "served"])
            definitions.define(nil)
            #expect(await Set(journal.next(3)) == ["-a", "-b", "absent"])
            #expect(informer.isSynced && !informer.isServed && informer.objects.isEmpty)
            definitions.define(3, objects: ["c"])
            #expect(await journal.next(2) == ["+c@1", "served"])
        }
    }

    @Test func `where a server has no answer for what it does not know the definition tells`() async throws {
        let starting = APIStatus(code: 503, reason: .serviceUnavailable, message: "server is starting")
        let definitions = Definitions(absence: .json(503, starting.json))
        try await Self.follow(pauseMax: .milliseconds(20), definitions) { informer, journal, _ in
            #expect(await journal.next(1) == ["absent"])
            definitions.define(1, objects: ["a"])
            #expect(await journal.next(2) == ["+a@1", "served"])
            definitions.define(nil)
            #expect(await journal.next(2) == ["-a", "absent"])
            #expect(!informer.isServed && informer.objects.isEmpty)
        }
    }

    @Test func `a kind is found by looking where its definition may not be read`() async throws {
        let definitions = Definitions()
        try await Self.follow(isReadable: false, pauseMax: .milliseconds(20), definitions) { _, journal, _ in
            #expect(await journal.next(1) == ["absent"])
            definitions.define(1, objects: ["a"])
            #expect(await journal.next(2) == ["+a@1", "served"])
        }
    }

    @Test func `a kind whose group is called unavailable is absent where it has no definition`() async throws {
        try await ScriptedServer.run(reply: { call, _ in
            call.path.hasSuffix("/gangs")
                ? .json(503, .status(503, .serviceUnavailable)) : .json(404, .status(404, .notFound))
        }) { server in
            let client = try server.client()
            let informer = Informer(client, Self.gangs, isOptional: true, logger: .silent)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await informer.run() }
                await informer.waitUntilSynced()
                #expect(!informer.isServed && informer.objects.isEmpty)
                group.cancelAll()
            }
            try await client.shutdown()
        }
    }

    @Test func `a definition whose kind is not yet served is waited for with pauses`() async throws {
        try await ScriptedServer.run(reply: { call, number in
            guard call.path.hasSuffix("/customresourcedefinitions") else { return .text(404, "404 page not found\n") }
            if call.query["watch"] == "true" { return .chunks(AsyncStream { _ in }) }
            return .json(.pods([.pod("gangs.scheduling.example")], version: 1))
        }) { server in
            let client = try server.client()
            let informer = Informer(
                client, Self.gangs, isOptional: true,
                backoff: Backoff(first: .seconds(300), max: .seconds(600)), logger: .silent)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await informer.run() }
                // Two looks: the second because the definition was news; then the pause, with an open watch.
                try await server.waitForCall { $0.query["watch"] == "true" }
                #expect(server.calls.count { $0.path.hasSuffix("/gangs") } == 2)
                group.cancelAll()
            }
            try await client.shutdown()
        }
    }
}
