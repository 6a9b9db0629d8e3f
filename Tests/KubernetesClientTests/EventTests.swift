import JSONValues
import KubernetesAPI
@testable import KubernetesClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct EventTests {
    private static func subject(_ message: String) -> EventSubject {
        EventSubject(
            kind: "Pod", apiVersion: "v1", key: ObjectKey(namespace: "dev", name: "a"), uid: "u", type: .warning,
            reason: "Failed", message: message)
    }

    @Test func `equal events within ten minutes are one with a count`() {
        var aggregator = EventAggregator()
        let start = Timestamp(secondsSince1970: 1000)
        #expect(aggregator.record(Self.subject("x"), name: "n1", at: start).count == 1)
        let second = aggregator.record(Self.subject("x"), name: "n2", at: start + .seconds(599))
        #expect(second == .init(name: "n1", count: 2, first: start, last: start + .seconds(599)))
        #expect(aggregator.record(Self.subject("y"), name: "n3", at: start + .seconds(600)).count == 1)
        let late = aggregator.record(Self.subject("x"), name: "n4", at: start + .seconds(599 + 600))
        #expect(late.name == "n4" && late.count == 1)
    }

    @Test func `the number of subjects is bounded`() {
        var aggregator = EventAggregator()
        let start = Timestamp(secondsSince1970: 1000)
        for index in 0...EventAggregator.subjectsMax {
            _ = aggregator.record(Self.subject("\(index)"), name: "n", at: start + .milliseconds(index))
        }
        let now = start + .seconds(5)
        #expect(aggregator.record(Self.subject("0"), name: "again", at: now).name == "again")
        #expect(aggregator.record(Self.subject("4000"), name: "again", at: now).count == 2)
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
