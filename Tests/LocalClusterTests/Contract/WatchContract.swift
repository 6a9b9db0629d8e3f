import JSONValues
import Testing

@Suite(.serialized) struct WatchContract {
    private func types(_ events: [JSONValue]) -> [String] {
        events.map { "\($0["type"]?.string ?? "") \($0["object"]?.name ?? "")" }
    }

    @Test func `a watch tells every change after its version, in order`() async throws {
        try await ContractServer.run { server in
            let start = try await server.api.get(server.path("widgets")).body.version
            _ = try await server.api.post(server.path("widgets"), Widget.named("a"))
            _ = try await server.api.patch(server.path("widgets", "/a"), ["spec": ["replicas": 2]])
            _ = try await server.api.post(server.path("widgets"), Widget.named("b"))
            _ = try await server.api.delete(server.path("widgets", "/a"))
            let events = try await server.api.watch(
                server.path("widgets", "?resourceVersion=\(start)&timeoutSeconds=5")
            ) { $0["type"] == "DELETED" }
            #expect(types(events) == ["ADDED a", "MODIFIED a", "ADDED b", "DELETED a"])
            let versions = events.compactMap { $0["object"].flatMap { Int($0.version) } }
            #expect(versions == versions.sorted() && Set(versions).count == 4)
        }
    }

    @Test func `a selector turns changes into coming and going`() async throws {
        try await ContractServer.run { server in
            let start = try await server.api.get(server.path("widgets")).body.version
            _ = try await server.api.post(server.path("widgets"), Widget.named("a"))
            for tier in ["x", "y"] {
                _ = try await server.api.patch(
                    server.path("widgets", "/a"), ["metadata": ["labels": ["tier": .string(tier)]]])
            }
            let query = "?labelSelector=tier%3Dx&resourceVersion=\(start)&timeoutSeconds=5"
            let events = try await server.api.watch(server.path("widgets", query)) { $0["type"] == "DELETED" }
            #expect(types(events) == ["ADDED a", "DELETED a"])
        }
    }

    @Test func `a watch without a version starts with what there is`() async throws {
        try await ContractServer.run { server in
            _ = try await server.api.post(server.path("widgets"), Widget.named("a"))
            let events = try await server.api.watch(server.path("widgets", "?timeoutSeconds=5")) { _ in true }
            #expect(types(events) == ["ADDED a"])
        }
    }

    @Test func `a watch hears of what happens while it is open`() async throws {
        try await ContractServer.run { server in
            async let events = server.api.watch(server.path("widgets", "?timeoutSeconds=10")) { _ in true }
            _ = try await server.api.post(server.path("widgets"), Widget.named("late"))
            #expect(types(try await events) == ["ADDED late"])
        }
    }

    @Test func `a streamed list ends with a marked bookmark`() async throws {
        try await ContractServer.run { server in
            _ = try await server.api.post(server.path("widgets"), Widget.named("a"))
            let query =
                "?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=5"
            let events = try await server.api.watch(server.path("widgets", query)) { $0["type"] == "BOOKMARK" }
            #expect(types(events).first == "ADDED a")
            let bookmark = try #require(events.last?["object"])
            #expect(bookmark[path: "metadata", "annotations", "k8s.io/initial-events-end"] == "true")
            #expect(!bookmark.version.isEmpty)
        }
    }

    @Test func `a watch ends at its timeout`() async throws {
        try await ContractServer.run { server in
            let version = try await server.api.get(server.path("widgets")).body.version
            let query = "?resourceVersion=\(version)&timeoutSeconds=1"
            let started = ContinuousClock.now
            let events = try await server.api.watch(server.path("widgets", query)) { _ in false }
            #expect(events.isEmpty)
            #expect(ContinuousClock.now - started < .seconds(10))
        }
    }

    @Test func `a watch as tables tells the columns once`() async throws {
        try await ContractServer.run { server in
            for name in ["a", "b"] { _ = try await server.api.post(server.path("widgets"), Widget.named(name)) }
            let accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
            let events = try await server.api.watch(server.path("widgets", "?timeoutSeconds=5"), accept: accept) {
                $0["object"]?["rows"]?[0]?["cells"]?[0] == "b"
            }
            #expect(events.count == 2)
            #expect(events[0]["object"]?["columnDefinitions"]?.elements.isEmpty == false)
            #expect(events[1]["object"]?["columnDefinitions"]?.elements.isEmpty != false)
        }
    }
}
