import JSONValues
package import KubernetesAPI
package import Logging
import ServiceLifecycle
import Synchronization

/// A copy of all objects of a kind that a selector matches, kept up to date by a list and a watch.
///
/// 1. Handlers see every change once, in order, one call at a time, on the informer's own task; they must not block.
/// 2. The cache is changed before its handlers are called.
/// 3. What was missed while the server was away is found by comparing lists: handlers get the difference.
/// 4. Objects are kept without `metadata.managedFields`, which nobody here reads; a server keeps those of an object
///    that is written without them. An informer whose readers need little of an object keeps only that.
/// 5. Every object is told again, as an update to itself, once in about `resyncSlices` watches: a slice at the end of
///    each, so that no wave of work arises. What a handler once missed or got wrong mends itself.
/// 6. An optional kind may be served or not, and change that at any time: while it is not, the informer is synced and
///    empty, and whatever it held was told as deleted. The kind is looked for again as soon as its definition changes,
///    and at the latest after the longest pause of `backoff`.
package final class Informer: Service, Sendable {
    /// A server ends a watch after a while so that clients spread over its replicas; 1 to 2 times this.
    static let watchTimeout = Duration.seconds(300)
    /// With watches of 300 to 600 s each object is told again after about ten hours.
    static let resyncSlices = 80

    /// What is kept of an object, and so told: at least its name, namespace, UID and resource version.
    package typealias Excerpt = @Sendable (KubernetesObject) -> KubernetesObject
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
    private let selection: WatchSelection
    private let isOptional: Bool
    private let excerpt: Excerpt?
    private let logger: Logger
    private let backoff: Backoff
    private let state = Mutex(State())

    /// `backoff` paces the tries after a failure; an optional kind is one that the server need not serve.
    package init(
        _ client: KubernetesClient, _ kind: ResourceKind, namespace: String = "", labelSelector: String? = nil,
        fieldSelector: String? = nil, isOptional: Bool = false, keeping excerpt: Excerpt? = nil,
        backoff: Backoff = Backoff(first: .milliseconds(200), max: .seconds(30)), logger: Logger
    ) {
        self.client = client
        self.kind = kind
        selection = WatchSelection(
            kind: kind, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
        self.isOptional = isOptional
        self.excerpt = excerpt
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

    /// Returns when `isSynced`, or the task is cancelled or shut down gracefully.
    package func waitUntilSynced() async {
        let stream = state.withLock { state -> AsyncStream<Never>? in
            if state.isSynced { return nil }
            let (stream, continuation) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingNewest(1))
            state.waiters.append(continuation)
            return stream
        }
        guard let stream else { return }
        for await _ in stream.cancelOnGracefulShutdown() {}
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var loop = InformerLoop(
                informer: self, client: self.client, selection: self.selection, isOptional: self.isOptional,
                backoff: self.backoff, logger: self.logger)
            await loop.run()
        }
    }

    /// Takes in all there is, and tells what that changes.
    func settle(with items: [KubernetesObject]) {
        tell { $0.replace(with: items.map(slim)) }
        settle(isServed: true)
    }

    /// Drops what a streamed list did not hold: it is gone.
    func settle(keeping listed: Set<ObjectKey>) {
        tell { $0.retain(listed) }
        settle(isServed: true)
    }

    /// The kind is not served: there is nothing.
    func settleAbsent() {
        tell { $0.replace(with: []) }
        settle(isServed: false)
    }

    func put(_ object: KubernetesObject) { tell { $0.put(slim(object)) } }

    func remove(_ object: KubernetesObject) { tell { $0.remove(slim(object)) } }

    /// Tells one slice of the objects again.
    func resync(slice: Int) {
        tell { cache in
            cache.objects.values.filter { abs($0.key.hashValue % Informer.resyncSlices) == slice }
                .map { .updated(old: $0, new: $0) }
        }
    }

    /// Changes the cache, then tells the handlers what changed.
    private func tell(_ change: (inout InformerCache) -> [InformerEvent]) {
        let (events, handlers) = state.withLock { (change(&$0.cache), $0.handlers) }
        for event in events { handlers.forEach { $0(event) } }
    }

    private func settle(isServed: Bool) {
        let handlers = state.withLock { state in
            defer { state.isServed = isServed }
            return state.isServed == isServed ? [] : state.servedHandlers
        }
        if !handlers.isEmpty { logger.info(isServed ? "Kind is served" : "Kind is not served") }
        handlers.forEach { $0(isServed) }
        // Synced means that the handlers know it too.
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            state.isSynced = true
            return state.waiters
        }
        waiters.forEach { $0.finish() }
    }

    private func slim(_ object: KubernetesObject) -> KubernetesObject {
        if let excerpt { return excerpt(object) }
        guard object.json[path: "metadata", "managedFields"] != nil else { return object }
        var object = object
        object.json[path: "metadata", "managedFields"] = nil
        return object
    }
}
