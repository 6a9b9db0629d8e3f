import KubernetesAPI
import Logging
import Observability
import Reconciliation
import ServiceLifecycle
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct ControllerTests {
    struct Failure: Error {}

    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "dev", name: name) }

    /// Runs a controller whose reconciliations write into a journal, and gives the journal's first `count` words.
    private static func journal(
        _ count: Int, workers: Int = 1, metrics: MetricsRegistry = MetricsRegistry(), keys: [String],
        _ reconcile: @escaping @Sendable (ObjectKey, Int) async throws -> Duration?
    ) async throws -> [String] {
        let (words, continuation) = AsyncStream.makeStream(of: String.self)
        let calls = Mutex<[ObjectKey: Int]>([:])
        let controller = Controller(
            "test", workers: workers, retryDelay: RetryDelay(first: .milliseconds(1)), metrics: metrics, logger: silent
        ) { key in
            let number = calls.withLock { calls in
                calls[key, default: 0] += 1
                return calls[key, default: 0]
            }
            defer { continuation.yield("\(key.name)\(number)") }
            return try await reconcile(key, number)
        }
        for name in keys { controller.enqueue(key(name)) }
        return await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await controller.run() }
            var found: [String] = []
            for await word in words {
                found.append(word)
                if found.count == count { break }
            }
            group.cancelAll()
            return found
        }
    }

    @Test func `each key is reconciled once`() async throws {
        let words = try await Self.journal(3, keys: ["a", "b", "a", "c"]) { _, _ in nil }
        #expect(words == ["a1", "b1", "c1"])
    }

    @Test func `a failure is tried again until it succeeds`() async throws {
        let metrics = MetricsRegistry()
        let words = try await Self.journal(4, metrics: metrics, keys: ["a"]) { _, number in
            if number < 3 { throw Failure() }
            return number == 3 ? .milliseconds(1) : nil
        }
        #expect(words == ["a1", "a2", "a3", "a4"])
        let text = metrics.text()
        #expect(text.contains("controller_runtime_reconcile_total{controller=\"test\",result=\"error\"} 2"))
        #expect(text.contains("controller_runtime_reconcile_total{controller=\"test\",result=\"requeue_after\"} 1"))
        #expect(text.contains("workqueue_retries_total{name=\"test\",controller=\"test\"} 2"))
        #expect(text.contains("workqueue_depth{name=\"test\",controller=\"test\"} 0"))
    }

    @Test func `workers work side by side, but never on one key`() async throws {
        let busy = Mutex<(now: [ObjectKey: Int], most: Int)>(([:], 0))
        let both = Meeting(of: 2)
        let words = try await Self.journal(20, workers: 4, keys: ["a", "b"]) { key, number in
            busy.withLock { busy in
                busy.now[key, default: 0] += 1
                busy.most = max(busy.most, busy.now[key, default: 0])
            }
            // Both keys are in work at the same moment, or this waits for ever.
            if number == 1 { await both.wait() }
            busy.withLock { $0.now[key, default: 0] -= 1 }
            return .microseconds(1)
        }
        #expect(words.count == 20)
        #expect(busy.withLock { $0.most } == 1)
    }

    @Test func `a graceful shutdown lets a running reconciliation end`() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let ended = Mutex(false)
        let controller = Controller("test", metrics: MetricsRegistry(), logger: Self.silent) { _ in
            start.yield()
            try await gracefulShutdown()
            try await Task.sleep(for: .milliseconds(20))
            ended.withLock { $0 = true }
            return nil
        }
        controller.enqueue(Self.key("a"))
        let group = ServiceGroup(configuration: .init(services: [.init(service: controller)], logger: Self.silent))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for await _ in started { break }
            await group.triggerGracefulShutdown()
            try await tasks.next()
        }
        #expect(ended.withLock { $0 })
    }

    @Test func `a worker that waits is woken by a key, a shutdown or its cancellation`() async {
        let queue = WorkQueue<String>()
        await withTaskGroup(of: String?.self) { group in
            group.addTask { await queue.next() }
            group.cancelAll()
            #expect(await group.next() == .some(nil))
        }
        async let first = queue.next()
        queue.add("a")
        #expect(await first == "a")
        async let second = queue.next()
        queue.shutDown()
        #expect(await second == nil)
        #expect(await queue.next() == nil)
    }
}
