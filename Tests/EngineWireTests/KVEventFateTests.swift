import EngineWire
import Testing

/// What an engine's socket can do to a batch, and both framings of a replay.
@Suite(.timeLimit(.minutes(1))) struct KVEventFateTests {
    private static func with(
        oldFraming: Bool = false, _ body: (KVEventPublisher, KVEventSubscriber, Collector) async throws -> Void
    ) async throws {
        var configuration = KVEventPublisher.Configuration(
            endpoint: "tcp://127.0.0.1:*", replayEndpoint: "tcp://127.0.0.1:*")
        configuration.isBound = true
        configuration.topic = "kv@pod@tiny"
        configuration.repliesWithTopic = !oldFraming
        let publisher = try KVEventPublisher(configuration)
        let heard = Collector()
        let subscriber = try KVEventSubscriber(handler: heard.take)
        subscriber.follow(1, .init(endpoint: publisher.endpoint, replayEndpoint: publisher.replayEndpoint))
        try await untilHeard(publisher, heard)
        try await body(publisher, subscriber, heard)
        subscriber.stop()
        publisher.close()
    }

    /// A late subscriber misses what came before, so batches are sent until one is heard.
    private static func untilHeard(_ publisher: KVEventPublisher, _ heard: Collector) async throws {
        let before = heard.count([0])
        while heard.count([0]) == before {
            publisher.publish([0])
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test(arguments: [false, true]) func `each fate shows live, and a replay brings what was kept`(
        oldFraming: Bool
    ) async throws {
        try await Self.with(oldFraming: oldFraming) { publisher, subscriber, heard in
            for (payload, fate) in [(1, .sent), (2, .lost), (3, .unwritten), (4, .sentTwice), (5, .late), (6, .sent)]
                as [(UInt8, KVEventPublisher.Fate)]
            {
                publisher.publish([payload], fate)
            }
            publisher.publish([7])
            await heard.wait {
                $0.contains { if case .message(let message) = $0 { message.payload == [7] } else { false } }
            }
            #expect(heard.messages.map(\.payload).filter { $0 != [0] } == [[1], [4], [4], [6], [5], [7]])
            subscriber.replay(1, from: 0)
            await heard.wait { $0.contains(.replayEnded(follower: 1, isComplete: true)) }
            let replayed = heard.messages.filter { $0.isReplay && $0.payload != [0] }
            #expect(replayed.map(\.payload) == [[1], [2], [4], [5], [6], [7]])
        }
    }

    @Test func `a subscription that was cut dials again`() async throws {
        try await Self.with { publisher, _, heard in
            publisher.cut()
            publisher.publish([1])
            // The socket closes on a thread of libzmq's own.
            while (try? publisher.mend()) == nil { try await Task.sleep(for: .milliseconds(5)) }
            try await Self.untilHeard(publisher, heard)
            #expect(heard.count([1]) == 0)
        }
    }
}
