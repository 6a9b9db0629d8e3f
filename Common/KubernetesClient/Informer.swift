package import KubernetesAPI
package import Logging
import ServiceLifecycle
import Synchronization

/// A copy of all objects of a kind that a selector matches, kept up to date by a list and a watch.
///
/// 1. Handlers see every change once, in order, one call at a time, on the informer's own task; they must not block.
/// 2. The cache is changed before its handlers are called.
/// 3. What was missed while the server was away is found by comparing lists: handlers get the difference.
package final class Informer: Service, Sendable {
    /// A server ends a watch after a while so that clients spread over its replicas; 1 to 2 times this.
    static let watchTimeout = Duration.seconds(300)

    package typealias Handler = @Sendable (InformerEvent) -> Void

    private struct State {
        var cache = InformerCache()
        var isSynced = false
        var handlers: [Handler] = []
        var waiters: [AsyncStream<Never>.Continuation] = []
    }

    package let kind: ResourceKind
    private let client: KubernetesClient
    private let namespace: String
    private let labelSelector: String?
    private let fieldSelector: String?
    private let logger: Logger
    private let backoff: Backoff
    private let state = Mutex(State())

    /// `backoff` paces the tries after a failure.
    package init(
        _ client: KubernetesClient, _ kind: ResourceKind, namespace: String = "", labelSelector: String? = nil,
        fieldSelector: String? = nil, backoff: Backoff = Backoff(first: .milliseconds(200), max: .seconds(30)),
        logger: Logger
    ) {
        self.client = client
        self.kind = kind
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
        self.backoff = backoff
        var logger = logger
        logger[metadataKey: "kind"] = "\(kind.kind)"
        self.logger = logger
    }

    /// The first list has been taken in.
    package var isSynced: Bool { state.withLock { $0.isSynced } }

    /// All objects, in no order.
    package var objects: [KubernetesObject] { state.withLock { Array($0.cache.objects.values) } }

    package subscript(key: ObjectKey) -> KubernetesObject? { state.withLock { $0.cache.objects[key] } }

    /// Adds a handler; to be called before `run()`.
    package func onChange(_ handler: @escaping Handler) { state.withLock { $0.handlers.append(handler) } }

    /// Returns when the first list has been taken in, or the task is cancelled.
    package func waitUntilSynced() async {
        let stream = state.withLock { state -> AsyncStream<Never>? in
            if state.isSynced { return nil }
            let (stream, continuation) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingNewest(1))
            state.waiters.append(continuation)
            return stream
        }
        guard let stream else { return }
        for await _ in stream {}
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.follow() }
    }

    /// Lists, then watches from there; lists again where the server no longer has what followed.
    private func follow() async {
        var backoff = backoff
        var version: String?
        while !Task.isCancelled {
            do {
                if version == nil { version = try await list() }
                let progress = try await watch(from: version ?? "")
                version = progress.resourceVersion
                // A watch that ends at once and empty, over and over, would be a busy loop.
                if progress.events == 0, progress.duration < .seconds(1) {
                    try await Task.sleep(for: backoff.next(random: .random(in: 0..<1)))
                } else {
                    backoff.reset()
                }
            } catch let failure as WatchFailure {
                version = failure.isExpired ? nil : failure.resourceVersion
                if failure.sawEvents { backoff.reset() }
                await pause(after: failure.cause, &backoff)
            } catch {
                await pause(after: error, &backoff)
            }
        }
    }

    private func pause(after error: any Error, _ backoff: inout Backoff) async {
        guard !Task.isCancelled else { return }
        let delay = backoff.next(random: .random(in: 0..<1))
        logger.warning("Watch failed, trying again", metadata: ["error": "\(error)", "delay": "\(delay)"])
        try? await Task.sleep(for: delay)
    }

    private func list() async throws -> String {
        let list = try await client.list(
            kind, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
        let (events, handlers) = state.withLock { ($0.cache.replace(with: list.items), $0.handlers) }
        for event in events { handlers.forEach { $0(event) } }
        // Synced means that the handlers know it too.
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            state.isSynced = true
            return state.waiters
        }
        waiters.forEach { $0.finish() }
        return list.resourceVersion
    }

    private struct Progress {
        var resourceVersion: String
        var events = 0
        var duration = Duration.zero
    }

    private struct WatchFailure: Error {
        var cause: any Error
        var resourceVersion: String
        var sawEvents: Bool

        var isExpired: Bool { (cause as? APIStatus)?.code == 410 }
    }

    private func watch(from version: String) async throws -> Progress {
        var progress = Progress(resourceVersion: version)
        let start = ContinuousClock.now
        do {
            try await client.watch(
                kind, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector,
                resourceVersion: version, timeout: Informer.watchTimeout * Double.random(in: 1..<2)
            ) { event in
                progress.events += 1
                progress.resourceVersion = self.apply(event) ?? progress.resourceVersion
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw WatchFailure(
                cause: error, resourceVersion: progress.resourceVersion, sawEvents: progress.events > 0)
        }
        progress.duration = ContinuousClock.now - start
        return progress
    }

    /// Applies one event and tells it; the version to go on from, where the event carries one.
    private func apply(_ event: WatchEvent) -> String? {
        let version: String
        let (events, handlers) = state.withLock { state -> ([InformerEvent], [Handler]) in
            switch event {
            case .added(let object), .modified(let object): (state.cache.put(object), state.handlers)
            case .deleted(let object): (state.cache.remove(object), state.handlers)
            case .bookmark: ([], [])
            }
        }
        switch event {
        case .added(let object), .modified(let object), .deleted(let object): version = object.resourceVersion
        case .bookmark(let resourceVersion): version = resourceVersion
        }
        for event in events { handlers.forEach { $0(event) } }
        return version.isEmpty ? nil : version
    }
}
