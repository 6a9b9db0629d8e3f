import JSONValues
import KubernetesAPI
import KubernetesClient
import Synchronization
import Testing

@testable import KubernetesClient

/// Lists that a server streams, and servers that cannot.
@Suite(.timeLimit(.minutes(1))) struct StreamedListTests {
    private static func isStream(_ call: Call) -> Bool { call.query["sendInitialEvents"] == "true" }

    @Test func `one request lists and follows, and is synced at the marked bookmark`() async throws {
        let (rest, more) = AsyncStream.makeStream(of: String.self)
        try await ScriptedServer.run(streamsLists: true, reply: { _, _ in .chunks(rest) }) { server in
            try await InformerTests.follow(server) { informer, journal in
                more.yield(.line("ADDED", .pod("a", version: 7)))
                more.yield(.line("ADDED", .pod("b", version: 3)))
                let words = await journal.next(2)
                #expect(words == ["+a@7", "+b@3"])
                #expect(!informer.isSynced)
                more.yield(.listEnd(9))
                await informer.waitUntilSynced()
                more.yield(.line("MODIFIED", .pod("a", version: 10)))
                let change = await journal.next(1)
                #expect(change == ["~a@7>10"])
            }
            #expect(server.calls.count == 1)
            let query = try #require(server.calls.first?.query)
            #expect(query["sendInitialEvents"] == "true" && query["resourceVersionMatch"] == "NotOlderThan")
            #expect(query["allowWatchBookmarks"] == "true" && query["resourceVersion"] == nil)
        }
    }

    @Test func `what a new streamed list does not hold is gone`() async throws {
        try await ScriptedServer.run(
            streamsLists: true,
            reply: { _, number in
                switch number {
                case 1:
                    InformerTests.closed([
                        .line("ADDED", .pod("a", version: 1)), .line("ADDED", .pod("b", version: 2)), .listEnd(4),
                    ])
                case 2: .json(410, .status(410, .expired))
                default: InformerTests.open([.line("ADDED", .pod("b", version: 8)), .listEnd(9)])
                }
            }
        ) { server in
            try await InformerTests.follow(server) { informer, journal in
                let words = await journal.next(4)
                #expect(words == ["+a@1", "+b@2", "~b@2>8", "-a"])
                #expect(informer.objects.count == 1)
                #expect(server.calls.map { $0.query["resourceVersion"] } == [nil, "4", nil])
            }
        }
    }

    /// Codes that servers without streamed lists answer, and an answer that ends before the mark.
    static let refusals: [Reply] =
        [400, 404, 422].map { .json($0, .status($0, .invalid)) } + [
            .chunks(
                AsyncStream { stream in
                    stream.yield(.line("ADDED", .pod("a", version: 1)))
                    stream.finish()
                })
        ]

    @Test(arguments: refusals.indices) func `pages are asked for where a list is not streamed`(form: Int) async throws {
        try await ScriptedServer.run(
            streamsLists: true,
            reply: { call, number in
                if Self.isStream(call) { return Self.refusals[form] }
                if call.query["watch"] == nil { return .json(.pods([.pod("a", version: 1)], version: 5)) }
                return number < 5
                    ? .json(410, .status(410, .expired)) : InformerTests.open([.line("ADDED", .pod("b", version: 6))])
            }
        ) { server in
            try await InformerTests.follow(server) { _, journal in
                let words = await journal.next(2)
                #expect(words == ["+a@1", "+b@6"])
            }
            // The refusal is remembered: the list after the 410 is not asked to be streamed.
            #expect(server.calls.count { Self.isStream($0) } == 1)
            #expect(server.calls.count { $0.query["watch"] == nil } == 2)
        }
    }

    @Test func `a streamed list that fails for another reason is tried again`() async throws {
        try await ScriptedServer.run(
            streamsLists: true,
            reply: { _, number in
                number < 3 ? .text(500, "down") : InformerTests.open([.listEnd(1)])
            }
        ) { server in
            try await InformerTests.follow(server) { informer, _ in
                await informer.waitUntilSynced()
                #expect(server.calls.allSatisfy { Self.isStream($0) } && server.calls.count == 3)
            }
        }
    }

    @Test func `objects are kept without their managed fields`() async throws {
        var pod = JSONValue.pod("a", version: 1)
        pod[path: "metadata", "managedFields"] = [["manager": "kubectl"]]
        let line = pod
        try await ScriptedServer.run(
            streamsLists: true,
            reply: { _, _ in
                InformerTests.open([.line("ADDED", line), .listEnd(1)])
            }
        ) { server in
            try await InformerTests.follow(server) { informer, _ in
                await informer.waitUntilSynced()
                #expect(informer.objects == [KubernetesObject(.pod("a", version: 1))])
            }
        }
    }

    @Test func `every object is told again once, over as many watches as there are slices`() throws {
        let client = try KubernetesClient(ClientConfiguration(server: "http://127.0.0.1:1"), logger: .silent)
        let informer = Informer(client, .pod, logger: .silent)
        informer.settle(with: (0..<500).map { KubernetesObject(.pod("p\($0)")) })
        let told = Mutex<[[String]]>([])
        informer.onChange { event in
            guard case .updated(let old, let new) = event, old == new else { return }
            told.withLock { $0[$0.count - 1].append(new.name) }
        }
        for slice in 0..<Informer.resyncSlices {
            told.withLock { $0.append([]) }
            informer.resync(slice: slice)
        }
        let slices = told.withLock { $0 }
        #expect(slices.flatMap { $0 }.sorted() == (0..<500).map { "p\($0)" }.sorted())
        #expect(slices.allSatisfy { $0.count < 50 })
    }
}
