package import KubernetesAPI
package import KubernetesClient
package import Logging
package import Observability
import ServiceLifecycle
import Synchronization

/// Calls `reconcile` for each key that changed, until the world is as the object asks.
///
/// 1. One key is reconciled by one worker at a time.
/// 2. A key that throws is tried again after 5 ms, then 10, … up to 1000 s; one that succeeds starts anew.
/// 3. Nothing is reconciled before every watched informer is synced.
/// 4. At graceful shutdown running reconciliations end in peace and no other begins.
package final class Controller: Service, Sendable {
    /// Makes the world of one object as it should be; returns when to look again, nil for only at the next change.
    package typealias Reconcile = @Sendable (ObjectKey) async throws -> Duration?

    package let name: String
    package let queue: WorkQueue<ObjectKey>
    private let workers: Int
    private let metrics: ControllerMetrics
    private let logger: Logger
    private let reconcile: Reconcile
    private let informers = Mutex<[Informer]>([])

    package init(
        _ name: String, workers: Int = 1, retryDelay: RetryDelay = RetryDelay(), metrics: MetricsRegistry,
        logger: Logger, reconcile: @escaping Reconcile
    ) {
        precondition(workers > 0, "a controller needs a worker")
        self.name = name
        self.workers = workers
        self.reconcile = reconcile
        var logger = logger
        logger[metadataKey: "controller"] = "\(name)"
        self.logger = logger
        self.metrics = ControllerMetrics(metrics, name: name, workers: workers)
        queue = WorkQueue(retryDelay: retryDelay, metrics: QueueMetrics(metrics, name: name))
        ControllerMetrics.observe(queue, name: name, in: metrics)
    }

    /// Asks for a reconciliation of a key.
    package func enqueue(_ key: ObjectKey) { queue.add(key) }

    /// Reconciles what `keys` makes of each change of an informer; by default the changed object itself. To be called
    /// before either of them runs.
    package func watch(
        _ informer: Informer, _ keys: @escaping @Sendable (InformerEvent) -> [ObjectKey] = { [$0.object.key] }
    ) {
        informers.withLock { $0.append(informer) }
        informer.onChange { [queue] event in
            for key in keys(event) { queue.add(key) }
        }
    }

    /// Reconciles the controlling owner of each object of an informer that changed, where it is of this kind.
    package func watch(_ informer: Informer, ownersOf kind: ResourceKind) {
        watch(informer) { event in
            var objects = [event.object]
            if case .updated(let old, _) = event { objects.append(old) }
            let names = objects.compactMap { object -> ObjectKey? in
                guard let owner = object.controller, owner.kind == kind.kind, owner.apiVersion == kind.apiVersion
                else { return nil }
                return ObjectKey(namespace: object.namespace, name: owner.name)
            }
            return Array(Set(names))
        }
    }

    package func run() async throws {
        await withGracefulShutdownHandler {
            let informers = informers.withLock { $0 }
            await cancelWhenGracefulShutdown {
                for informer in informers { await informer.waitUntilSynced() }
            }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.queue.runTimers() }
                await withDiscardingTaskGroup { workers in
                    for _ in 0..<self.workers { workers.addTask { await self.work() } }
                }
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.queue.shutDown()
        }
    }

    private func work() async {
        while let key = await queue.next() {
            metrics.active.add(1)
            await work(on: key)
            metrics.active.add(-1)
            queue.done(key)
        }
    }

    private func work(on key: ObjectKey) async {
        let start = ContinuousClock.now
        do {
            let delay = try await reconcile(key)
            queue.forget(key)
            metrics.reconciled(delay == nil ? .success : .requeueAfter, in: ContinuousClock.now - start)
            if let delay { queue.add(key, after: delay) }
        } catch is CancellationError where Task.isCancelled {
            return
        } catch {
            metrics.reconciled(.error, in: ContinuousClock.now - start)
            let delay = queue.retry(key)
            // Somebody else's write came first: usual, and settled by the next try.
            let isConflict = (error as? APIStatus)?.reason == .conflict
            logger.log(
                level: isConflict ? .debug : .warning, "Reconciliation failed, trying again",
                metadata: ["key": "\(key)", "error": "\(error)", "delay": "\(delay)"])
        }
    }
}
