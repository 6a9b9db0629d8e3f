import EngineWire
import Testing

struct KVEventSocketTests {
    private func publisher(_ endpoint: String = "tcp://127.0.0.1:0", kept: Int = 100) throws -> KVEventPublisher {
        var configuration = KVEventPublisher.Configuration(
            endpoint: endpoint, replayEndpoint: "tcp://127.0.0.1:0")
        configuration.isBound = true
        configuration.topic = "kv@pod@tiny"
        configuration.batchesKeptMax = kept
        return try KVEventPublisher(configuration)
    }

    /// A publisher at a port that the one before it, or a connection that is closing, may still hold for a moment.
    private func bound(_ endpoint: String) async throws -> KVEventPublisher {
        while true {
            if let publisher = try? publisher(endpoint) { return publisher }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Publishes until the subscriber sees it: a late subscriber misses what came before.
    private func untilSeen(_ publisher: KVEventPublisher, _ collector: Collector) async {
        let count = collector.messages.count
        while collector.messages.count == count {
            publisher.publish([1])
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `hands over live batches and repeats them on demand`() async throws {
        let publisher = try publisher()
        let collector = Collector()
        let subscriber = try KVEventSubscriber(handler: collector.take)
        subscriber.follow(
            7, .init(endpoint: publisher.endpoint, replayEndpoint: publisher.replayEndpoint, topicPrefix: "kv@pod"))
        await untilSeen(publisher, collector)
        let last = publisher.publish([9, 9])
        await collector.wait { $0.contains { if case .message(let m) = $0 { m.sequence == last } else { false } } }
        let live = try #require(collector.messages.last)
        #expect(live.payload == [9, 9])
        #expect(live.topic == "kv@pod@tiny")
        #expect(live.follower == 7)

        subscriber.replay(7, from: 0)
        await collector.wait { $0.contains(.replayEnded(follower: 7, isComplete: true)) }
        let replayed = collector.messages.filter(\.isReplay)
        #expect(replayed.map(\.sequence) == Array(0...last))
        #expect(replayed.last?.payload == [9, 9])
        subscriber.stop()
        publisher.close()
    }

    @Test(.timeLimit(.minutes(1)))
    func `keeps only the last batches for replay`() async throws {
        let publisher = try publisher(kept: 3)
        for value in 0..<10 { publisher.publish([UInt8(value)]) }
        let collector = Collector()
        let subscriber = try KVEventSubscriber(handler: collector.take)
        subscriber.follow(0, .init(endpoint: publisher.endpoint, replayEndpoint: publisher.replayEndpoint))
        subscriber.replay(0, from: 0)
        await collector.wait { $0.contains(.replayEnded(follower: 0, isComplete: true)) }
        #expect(collector.messages.map(\.sequence) == [7, 8, 9])
        subscriber.stop()
        publisher.close()
    }

    @Test(.timeLimit(.minutes(1)))
    func `follows an engine that comes later, and its next life`() async throws {
        let first = try publisher()
        let endpoint = first.endpoint
        first.close()
        let collector = Collector()
        let subscriber = try KVEventSubscriber(handler: collector.take)
        subscriber.follow(1, .init(endpoint: endpoint))
        for _ in 0..<2 {
            let life = try await bound(endpoint)
            await untilSeen(life, collector)
            life.close()
        }
        subscriber.stop()
        #expect(collector.messages.count >= 2)
    }

    @Test(.timeLimit(.minutes(1)))
    func `says so when a replay has no answer or a source is no endpoint`() async throws {
        let collector = Collector()
        let subscriber = try KVEventSubscriber(handler: collector.take)
        subscriber.follow(1, .init(endpoint: "nowhere"))
        await collector.wait { $0.contains { if case .failed(follower: 1, _) = $0 { true } else { false } } }
        subscriber.follow(2, .init(endpoint: "tcp://127.0.0.1:9", replayEndpoint: "tcp://127.0.0.1:9"))
        subscriber.replay(2, from: 0)
        await collector.wait { $0.contains(.replayEnded(follower: 2, isComplete: false)) }
        subscriber.stop()
    }

    @Test func `knows who binds, which port a rank has and what a wildcard means here`() {
        #expect(KVEventEndpoint.isBoundByEngine("tcp://*:5557"))
        #expect(KVEventEndpoint.isBoundByEngine("tcp://[::ffff:127.0.0.1]:5557"))
        #expect(!KVEventEndpoint.isBoundByEngine("tcp://127.0.0.1:5557"))
        #expect(KVEventEndpoint.raised("tcp://*:5557", byRank: 3) == "tcp://*:5560")
        #expect(KVEventEndpoint.raised("tcp://*:0", byRank: 3) == "tcp://*:0")
        #expect(KVEventEndpoint.raised("inproc://cache", byRank: 1) == "inproc://cache_dp1")
        #expect(KVEventEndpoint.resolved("tcp://*:5557", host: "127.64.0.2") == "tcp://127.64.0.2:5557")
        #expect(KVEventEndpoint.resolved("tcp://10.0.0.1:5557", host: "127.64.0.2") == "tcp://10.0.0.1:5557")
    }
}
