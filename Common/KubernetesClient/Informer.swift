package import KubernetesAPI
package import Logging
import ServiceLifecycle
import Synchronization

/// A copy of all objects of a kind that a selector matches, kept up to date by a list and a watch.
///
/// 1. Handlers see every change once, in order, one call at a time, on the informer's own task; they must not block.
/// 2. The cache is changed before its handlers are called.
/// 3. What was missed while the server was away is found by comparing lists: handlers get the difference.
/// 4. An optional kind may be served or not, and change that at any time: while it is not, the informer is synced and
///    empty, and whatever it held was told as deleted. The kind is looked for again as soon as its definition changes,
///    and at the latest after the longest pause of `backoff`.
package final class Informer: Service, Sendable {
    /// A server ends a watch after a while so that clients spread over its replicas; 1 to 2 times this.
    static let watchTimeout = Duration.seconds(300)

    package typealias Handler = @Sendable (InformerEvent) -> Void
    package typealias ServedHandler = @Sendable (_ isServed: Bool) -> Void

    private struct State {
        var cache = InformerCache()
        var isSynced = false
        /// Nil until the server was asked.
        var isServed: Bool?
        var handlers: [Handler] = []
        var servedHandlers: [ServedHandler] = []
        var waiters: [AsyncStream<Never>.Continuation] = []
    }

    package let kind: ResourceKind
    private let client: KubernetesClient
    private let namespace: String
    private let labelSelector: String?
    private let fieldSelector: String?
    private let isOptional: Bool
    private let logger: Logger
    private let backoff: Backoff
    private let state = Mutex(State())

    /// `backoff` paces the tries after a failure; an optional kind is one that the server need not serve.
    package init(
        _ client: KubernetesClient, _ kind: ResourceKind, namespace: String = "", labelSelector: String? = nil,
        fieldSelector: String? = nil, isOptional: Bool = false,
        backoff: Backoff = Backoff(first: .milliseconds(200), max: .seconds(30)), logger: Logger
    ) {
        self.client = client
        self.kind = kind
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
        self.isOptional = isOptional
        self.backoff = backoff
        var logger = logger
        logger[metadataKey: "kind"] = "\(kind.kind)"
        self.logger = logger
    }

    /// The first list has been taken in, or an optional kind was found not to be served.
    package var isSynced: Bool { state.withLock { $0.isSynced } }

    /// The server serves the kind, as far as this has found out.
    package var isServed: Bool { state.withLock { $0.isServed ?? false } }

    /// All objects, in no order.
    package var objects: [KubernetesObject] { state.withLock { Array($0.cache.objects.values) } }

    package subscript(key: ObjectKey) -> KubernetesObject? { state.withLock { $0.cache.objects[key] } }

    /// Adds a handler; to be called before `run()`.
    package func onChange(_ handler: @escaping Handler) { state.withLock { $0.handlers.append(handler) } }

    /// Adds a handler of an optional kind's coming and going, the first finding included; to be called before `run()`.
    /// It is called after the handlers of the objects that came or went with the kind.
    package func onServedChange(_ handler: @escaping ServedHandler) {
        state.withLock { $0.servedHandlers.append(handler) }
    }

    /// Returns when `isSynced`, or the task is cancelled.
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
        var definition = DefinitionWatch(client, kind)
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
                version = failure.isExpired || isAbsence(failure.cause) ? nil : failure.resourceVersion
                if failure.sawEvents { backoff.reset() }
                await pause(after: failure.cause, &backoff)
            } catch where isAbsence(error) {
                settle(with: [], isServed: false)
                let delay = backoff.next(random: .random(in: 0..<1))
                if await definition.changes(within: delay) { backoff.reset() }
            } catch {
                await pause(after: error, &backoff)
            }
        }
    }

    /// The server says that it has no such kind, which an optional one may be.
    private func isAbsence(_ error: any Error) -> Bool { isOptional && (error as? APIStatus)?.code == 404 }

    private func pause(after error: any Error, _ backoff: inout Backoff) async {
        guard !Task.isCancelled else { return }
        let delay = backoff.next(random: .random(in: 0..<1))
        logger.log(
            level: isAbsence(error) ? .debug : .warning, "Watch failed, trying again",
            metadata: ["error": "\(error)", "delay": "\(delay)"])
        try? await Task.sleep(for: delay)
    }

    private func list() async throws -> String {
        let list = try await client.list(
            kind, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
        settle(with: list.items, isServed: true)
        return list.resourceVersion
    }

    /// Takes in all there is, and tells what that changes.
    private func settle(with items: [KubernetesObject], isServed: Bool) {
        let (events, handlers, isNews, servedHandlers) = state.withLock { state in
            defer { state.isServed = isServed }
            return (
                state.cache.replace(with: items), state.handlers, state.isServed != isServed, state.servedHandlers
            )
        }
        for event in events { handlers.forEach { $0(event) } }
        if isNews {
            if isOptional { logger.info(isServed ? "Kind is served" : "Kind is not served") }
            servedHandlers.forEach { $0(isServed) }
        }
        // Synced means that the handlers know it too.
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            state.isSynced = true
            return state.waiters
        }
        waiters.forEach { $0.finish() }
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
