import JSONValues
import KubernetesAPI
import Logging
import Synchronization

/// Brings new statuses to the API server, the newest of each pod only.
///
/// 1. At most one status a pod waits; a newer one takes its place.
/// 2. A status that could not be written is tried again, unless a newer one has come.
/// 3. The last status of a pod is written before the pod is reported as finished.
final class StatusPublisher: Sendable {
    /// Writes under way at the same time.
    private static let writesMax = 8
    private static let retryAfter = Duration.seconds(1)

    private struct Item {
        var pod: Pod
        /// Nil when only the end is to be told.
        var status: JSONValue?
        var isFinished = false
    }

    private let callbacks: RuntimeCallbacks
    private let logger: Logger
    private let waiting = Mutex<[String: Item]>([:])
    private let wakeup = Wakeup()

    init(_ callbacks: RuntimeCallbacks, _ logger: Logger) {
        self.callbacks = callbacks
        self.logger = logger
    }

    func publish(_ status: JSONValue, of pod: Pod) { submit(Item(pod: pod, status: status)) }

    /// Says that nothing of the pod runs any more.
    func finish(_ pod: Pod) { submit(Item(pod: pod, status: nil, isFinished: true)) }

    /// Drops what waits for a pod that is gone.
    func forget(_ pod: Pod) { _ = waiting.withLock { $0.removeValue(forKey: pod.uid) } }

    /// Writes until cancelled.
    func run() async {
        while !Task.isCancelled {
            await wakeup.wait(until: nil)
            let items = waiting.withLock { waiting in
                defer { waiting = [:] }
                return Array(waiting.values)
            }
            var failed: [Item] = []
            await withTaskGroup(of: Item?.self) { group in
                for (index, item) in items.enumerated() {
                    if index >= StatusPublisher.writesMax, let one = await group.next(), let one { failed.append(one) }
                    group.addTask { await self.write(item) }
                }
                for await one in group { if let one { failed.append(one) } }
            }
            if failed.isEmpty { continue }
            try? await Task.sleep(for: StatusPublisher.retryAfter)
            waiting.withLock { waiting in
                for item in failed { waiting[item.pod.uid] = StatusPublisher.merge(item, waiting[item.pod.uid]) }
            }
            wakeup.wake()
        }
    }

    private func submit(_ item: Item) {
        waiting.withLock { $0[item.pod.uid] = StatusPublisher.merge($0[item.pod.uid], item) }
        wakeup.wake()
    }

    /// One item for both: the newer status, and the end if either tells it.
    private static func merge(_ older: Item?, _ newer: Item?) -> Item? {
        guard let older, let newer else { return newer ?? older }
        return Item(
            pod: newer.pod, status: newer.status ?? older.status, isFinished: newer.isFinished || older.isFinished)
    }

    /// Gives the item back when it could not be written.
    private func write(_ item: Item) async -> Item? {
        do {
            if let status = item.status { try await callbacks.status(item.pod, status) }
            if item.isFinished { try await callbacks.finished(item.pod) }
            return nil
        } catch {
            if let status = error as? APIStatus, status.code == 404 { return nil }
            logger.debug(
                "Could not write the status of Pod", metadata: ["pod": "\(item.pod.key)", "err": "\(error)"])
            return Task.isCancelled ? nil : item
        }
    }
}
