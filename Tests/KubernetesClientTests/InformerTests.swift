import JSONValues
import KubernetesAPI
import KubernetesClient
import ServiceLifecycle
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct InformerTests {
    /// Changes as words, awaitable.
    final class Journal: Sendable {
        let words: AsyncStream<String>
        private let continuation: AsyncStream<String>.Continuation

        init() { (words, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1000)) }

        func add(_ event: InformerEvent) {
            switch event {
            case .added(let object): continuation.yield("+\(object.name)@\(object.resourceVersion)")
            case .updated(let old, let new) where old.resourceVersion == new.resourceVersion:
                // A resync: which watch it follows depends on this process's hashes.
                break
            case .updated(let old, let new):
                continuation.yield("~\(new.name)@\(old.resourceVersion)>\(new.resourceVersion)")
            case .deleted(let object): continuation.yield("-\(object.name)")
            }
        }

        func add(_ word: String) { continuation.yield(word) }

        /// The next `count` words.
        func next(_ count: Int) async -> [String] {
            var found: [String] = []
            for await word in words {
                found.append(word)
                if found.count == count { break }
            }
            return found
        }
    }

    static func follow(
        _ server: ScriptedServer, _ body: (Informer, Journal) async throws -> Void
    ) async throws {
        let client = try server.client()
        let journal = Journal()
        let informer = Informer(
            client, .pod, namespace: "dev", backoff: Backoff(first: .milliseconds(1), max: .milliseconds(5)),
            logger: .silent)
        informer.onChange { journal.add($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await informer.run() }
            try await body(informer, journal)
            group.cancelAll()
        }
        try await client.shutdown()
    }

    /// A watch that stays open and gives these chunks.
    static func open(_ chunks: [String]) -> Reply {
        .chunks(AsyncStream { continuation in chunks.forEach { continuation.yield($0) } })
    }

    static func closed(_ chunks: [String]) -> Reply {
        .chunks(
            AsyncStream { continuation in
                chunks.forEach { continuation.yield($0) }
                continuation.finish()
            })
    }

    @Test func `lists, then follows changes cut anywhere`() async throws {
        let line = String.line("MODIFIED", .pod("a", version: 3))
        try await ScriptedServer.run(reply: { call, _ in
            guard call.query["watch"] == "true" else { return .json(.pods([.pod("a")], version: 2)) }
            let cut = line.index(line.startIndex, offsetBy: 40)
            return Self.open([
                String(line[..<cut]), String(line[cut...]) + String.line("ADDED", .pod("b", version: 4)),
                .line("DELETED", .pod("a", version: 5)),
            ])
        }) { server in
            try await Self.follow(server) { informer, journal in
                await informer.waitUntilSynced()
                #expect(informer.isSynced)
                let words = await journal.next(4)
                #expect(words == ["+a@1", "~a@1>3", "+b@4", "-a"])
                #expect(informer.objects.map(\.name) == ["b"])
                #expect(informer[ObjectKey(namespace: "dev", name: "b")]?.uid == "uid-b")
                #expect(server.calls.map { $0.query["resourceVersion"] } == [nil, "2"])
            }
        }
    }

    @Test func `a watch goes on from the last event or bookmark`() async throws {
        try await ScriptedServer.run(reply: { call, number in
            switch number {
            case 1: .json(.pods([], version: 2))
            case 2: Self.closed([.line("ADDED", .pod("a", version: 5)), .bookmark(9)])
            case 3: .text(500, "down")
            case 4: Self.closed([.line("ADDED", .pod("b", version: 11))])
            default: Self.open([.line("ADDED", .pod("c", version: 12))])
            }
        }) { server in
            try await Self.follow(server) { _, journal in
                let words = await journal.next(3)
                #expect(words == ["+a@5", "+b@11", "+c@12"])
                #expect(server.calls.map { $0.query["resourceVersion"] } == [nil, "2", "9", "9", "11"])
            }
        }
    }

    static let expiries: [Reply] = [
        .json(410, .status(410, .expired)),
        .chunks(
            AsyncStream { continuation in
                continuation.yield(.line("ERROR", .status(410, .expired)))
                continuation.finish()
            }),
    ]

    @Test(arguments: [0, 1]) func `an expired version means a new list and the difference`(form: Int) async throws {
        try await ScriptedServer.run(reply: { call, number in
            switch number {
            case 1: .json(.pods([.pod("a"), .pod("b"), .pod("c", uid: "old")], version: 2))
            case 2: Self.expiries[form]
            case 3: .json(.pods([.pod("b", version: 8), .pod("c", uid: "new", version: 9)], version: 10))
            default: Self.open([])
            }
        }) { server in
            try await Self.follow(server) { informer, journal in
                #expect(await Set(journal.next(3)) == ["+a@1", "+b@1", "+c@1"])
                #expect(await Set(journal.next(4)) == ["-a", "~b@1>8", "-c", "+c@9"])
                #expect(informer.objects.count == 2)
            }
        }
    }

    @Test func `an unreadable line drops the watch and not the informer`() async throws {
        try await ScriptedServer.run(reply: { _, number in
            switch number {
            case 1: .json(.pods([], version: 2))
            case 2: Self.open([.line("ADDED", .pod("a", version: 3)), "{broken\n"])
            default: Self.open([.line("ADDED", .pod("b", version: 4))])
            }
        }) { server in
            try await Self.follow(server) { _, journal in
                let words = await journal.next(2)
                #expect(words == ["+a@3", "+b@4"])
                #expect(server.calls.last?.query["resourceVersion"] == "3")
            }
        }
    }

    @Test func `a server that comes up late is found`() async throws {
        try await ScriptedServer.run(reply: { call, number in
            if number < 8 { return .text(503, "") }
            return call.query["watch"] == "true" ? Self.open([]) : .json(.pods([.pod("a")], version: 2))
        }) { server in
            try await Self.follow(server) { informer, journal in
                #expect(!informer.isSynced)
                let words = await journal.next(1)
                #expect(words == ["+a@1"])
            }
        }
    }
}
