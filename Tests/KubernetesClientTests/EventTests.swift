import JSONValues
import KubernetesAPI
@testable import KubernetesClient
import ServiceLifecycle
import Testing

@Suite(.timeLimit(.minutes(1))) struct EventTests {
    private static let start = Timestamp(secondsSince1970: 1000)

    private static func subject(_ message: String, object: String = "a", reason: String = "Failed") -> EventSubject {
        let target = EventTarget(
            kind: "Pod", apiVersion: "v1", key: ObjectKey(namespace: "dev", name: object), uid: "u")
        return EventSubject(target: target, type: .warning, reason: reason, message: message)
    }

    @Test func `equal events within ten minutes are one with a count`() throws {
        var aggregator = EventAggregator()
        let start = Self.start
        #expect(aggregator.record(Self.subject("x"), name: "n1", at: start)?.count == 1)
        let second = aggregator.record(Self.subject("x"), name: "n2", at: start + .seconds(599))
        #expect(
            second
                == .init(
                    name: "n1", subject: Self.subject("x"), count: 2, first: start, last: start + .seconds(599)))
        #expect(aggregator.record(Self.subject("y"), name: "n3", at: start + .seconds(600))?.count == 1)
        let again = aggregator.record(Self.subject("x"), name: "n4", at: start + .seconds(599 + 600))
        let late = try #require(again)
        #expect(late.name == "n4" && late.count == 1)
        aggregator.forget(late)
        #expect(aggregator.record(Self.subject("x"), name: "n5", at: start + .seconds(1200))?.name == "n5")
    }

    @Test func `many messages of one reason become one event that shows the latest`() throws {
        var aggregator = EventAggregator()
        for index in 0..<EventAggregator.similarMax {
            let entry = aggregator.record(Self.subject("m\(index)"), name: "n\(index)", at: Self.start)
            #expect(entry?.name == "n\(index)")
        }
        // One that was there before keeps its own count; another reason is not similar.
        #expect(aggregator.record(Self.subject("m0"), name: "no", at: Self.start)?.name == "n0")
        #expect(aggregator.record(Self.subject("m", reason: "Other"), name: "other", at: Self.start)?.name == "other")
        let combined = ["x", "y", "z"].compactMap {
            aggregator.record(Self.subject($0), name: "all", at: Self.start)
        }
        #expect(combined.map(\.count) == [1, 2, 3] && combined.allSatisfy { $0.name == "all" })
        #expect(combined.last?.subject.message == "(combined from similar events): z")
        aggregator.forget(try #require(combined.last))
        #expect(aggregator.record(Self.subject("v"), name: "again", at: Self.start)?.count == 1)
        let later = Self.start + EventAggregator.window
        #expect(aggregator.record(Self.subject("w"), name: "own", at: later)?.subject.message == "w")
    }

    @Test func `one object has a burst of events and then one each five minutes`() {
        var aggregator = EventAggregator()
        func count(_ tries: Int, _ object: String, after: Duration) -> Int {
            (0..<tries).count { _ in
                aggregator.record(Self.subject("x", object: object), name: "n", at: Self.start + after) != nil
            }
        }
        #expect(count(100, "a", after: .zero) == 25)
        #expect(count(100, "b", after: .zero) == 25)
        #expect(count(5, "a", after: .seconds(299)) == 0)
        #expect(count(5, "a", after: .seconds(301)) == 1)
        #expect(count(100, "a", after: .seconds(1_000_000)) == 25)
    }

    @Test func `the number of subjects is bounded`() {
        var aggregator = EventAggregator()
        for index in 0...EventAggregator.subjectsMax {
            _ = aggregator.record(
                Self.subject("x", object: "\(index)"), name: "n", at: Self.start + .milliseconds(index))
        }
        let now = Self.start + .seconds(5)
        #expect(aggregator.record(Self.subject("x", object: "0"), name: "again", at: now)?.name == "again")
        #expect(aggregator.record(Self.subject("x", object: "4000"), name: "again", at: now)?.count == 2)
    }

    @Test func `events are created once and counted after`() async throws {
        let (done, continuation) = AsyncStream.makeStream(of: Void.self)
        try await ScriptedServer.run(reply: { _, number in
            if number == 3 { continuation.yield() }
            return .json(["kind": "Event"])
        }) { server in
            let client = try server.client()
            let recorder = EventRecorder(
                client, component: "martlet-coordinator", logger: .silent,
                now: { Timestamp(secondsSince1970: 1_700_000_000) })
            for _ in 1...2 {
                recorder.record(.warning, on: KubernetesObject(.pod("a")), reason: "Failed", message: "It failed")
            }
            recorder.record(.normal, on: KubernetesObject(.node, name: "n1"), reason: "Ready", message: "It is ready")
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await recorder.run() }
                for await _ in done { break }
                group.cancelAll()
            }
            let calls = server.calls
            #expect(calls.map(\.method) == ["POST", "PATCH", "POST"])
            #expect(calls[0].body?[path: "involvedObject", "uid"] == "uid-a")
            #expect(calls[0].body?["type"] == "Warning")
            #expect(calls[0].body?["firstTimestamp"] == "2023-11-14T22:13:20Z")
            #expect(calls[1].body?["count"] == 2)
            #expect(
                calls[1].path
                    == "/api/v1/namespaces/dev/events/\(calls[0].body?[path: "metadata", "name"]?.string ?? "")")
            #expect(calls[2].path == "/api/v1/namespaces/default/events")
            try await client.shutdown()
        }
    }

    @Test func `a deleted event is made anew, one that is there already is counted`() async throws {
        let replies: [Int: Reply] = [
            2: .json(404, .status(404, .notFound)), 4: .json(409, .status(409, .alreadyExists)),
        ]
        try await ScriptedServer.run(reply: { _, number in replies[number] ?? .json(["kind": "Event"]) }) { server in
            try await Self.record(on: server, reasons: ["Failed", "Failed", "Killed"], calls: 5)
            #expect(server.calls.map(\.method) == ["POST", "PATCH", "POST", "POST", "PATCH"])
            let (made, anew) = (server.calls[0].body, server.calls[2].body)
            #expect(made?[path: "metadata", "name"] == anew?[path: "metadata", "name"] && anew?["count"] == 2)
        }
    }

    @Test func `what waits at shutdown is still written`() async throws {
        try await ScriptedServer.run(reply: { _, _ in .json(["kind": "Event"]) }) { server in
            let client = try server.client()
            let recorder = EventRecorder(client, component: "c", logger: .silent)
            for reason in ["A", "B", "C"] {
                recorder.record(.normal, on: KubernetesObject(.pod("a")), reason: reason, message: "m")
            }
            let group = ServiceGroup(configuration: .init(services: [.init(service: recorder)], logger: .silent))
            await group.triggerGracefulShutdown()
            try await group.run()
            #expect(server.calls.count == 3)
            try await client.shutdown()
        }
    }

    /// Records events of one pod until the server got so many calls.
    private static func record(on server: ScriptedServer, reasons: [String], calls: Int) async throws {
        let client = try server.client()
        let recorder = EventRecorder(client, component: "c", logger: .silent)
        for reason in reasons {
            recorder.record(.normal, on: KubernetesObject(.pod("a")), reason: reason, message: "m")
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await recorder.run() }
            try await server.waitForCalls(calls)
            group.cancelAll()
        }
        try await client.shutdown()
    }

    @Test func `a full queue drops the oldest and counts`() async throws {
        let client = try KubernetesClient(ClientConfiguration(server: "http://127.0.0.1:1"), logger: .silent)
        let recorder = EventRecorder(client, component: "c", logger: .silent)
        for index in 0..<EventRecorder.queueMax + 3 {
            recorder.record(.normal, on: KubernetesObject(.pod("a")), reason: "R", message: "\(index)")
        }
        #expect(recorder.dropped == 3)
        try await client.shutdown()
    }
}
