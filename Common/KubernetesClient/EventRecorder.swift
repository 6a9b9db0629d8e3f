import JSONValues
package import KubernetesAPI
package import Logging
import Observability
import ServiceLifecycle
import Synchronization

/// Tells people what happened to an object: Kubernetes events, written in the background.
///
/// 1. `record` never waits: past `queueMax` waiting events the oldest is dropped and counted in `dropped`.
/// 2. Equal events are one with a count, and one object has no more than its share (`EventAggregator`).
/// 3. An event is tried `triesMax` times while no server answers; a failure is logged and never reaches who recorded
///    it.
/// 4. At graceful shutdown what waits is written, for at most `drainMax`.
package final class EventRecorder: Service, Sendable {
    static let queueMax = 1000
    /// Longer messages are cut, as the API server refuses them.
    static let messageBytesMax = 1024
    static let triesMax = 5
    static let drainMax = Duration.seconds(2)
    /// The longest name of an object.
    static let nameBytesMax = 253

    private struct Occurrence: Sendable {
        var subject: EventSubject
        var time: Timestamp
    }

    private let client: KubernetesClient
    private let component: String
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let waiting: AsyncStream<Occurrence>
    private let continuation: AsyncStream<Occurrence>.Continuation
    private let droppedCount = Mutex(0)

    /// `component` names the program in the events it writes.
    package init(
        _ client: KubernetesClient, component: String, logger: Logger,
        now: @escaping @Sendable () -> Timestamp = { Timestamp(microseconds: WallClock.microseconds) }
    ) {
        self.client = client
        self.component = component
        self.logger = logger
        self.now = now
        (waiting, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(EventRecorder.queueMax))
    }

    /// Events lost because the API server did not keep up.
    package var dropped: Int { droppedCount.withLock { $0 } }

    /// Queues one event. `reason` is one CamelCase word, `message` one sentence.
    package func record(_ type: EventType, on object: KubernetesObject, reason: String, message: String) {
        let target = EventTarget(
            kind: object.kind, apiVersion: object.apiVersion, key: object.key, uid: object.uid)
        let subject = EventSubject(
            target: target, type: type, reason: reason,
            message: EventRecorder.cut(message, to: EventRecorder.messageBytesMax))
        if case .dropped = continuation.yield(Occurrence(subject: subject, time: now())) {
            droppedCount.withLock { $0 += 1 }
        }
    }

    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var aggregator = EventAggregator()
                for await occurrence in self.waiting { await self.write(occurrence, &aggregator) }
            }
            group.addTask {
                try? await gracefulShutdown()
                self.continuation.finish()
                try? await Task.sleep(for: EventRecorder.drainMax)
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func write(_ occurrence: Occurrence, _ aggregator: inout EventAggregator) async {
        let entry = aggregator.record(
            occurrence.subject, name: newName(for: occurrence.subject.target.key), at: occurrence.time)
        guard let entry else {
            droppedCount.withLock { $0 += 1 }
            return
        }
        var backoff = Backoff(first: .seconds(1), max: .seconds(10))
        do {
            while true {
                do {
                    return try await write(entry)
                } catch let error as TransportError where backoff.failures < EventRecorder.triesMax - 1 {
                    logger.debug("Event not written, trying again", metadata: ["error": "\(error)"])
                    try await Task.sleep(for: backoff.next(random: .random(in: 0..<1)))
                }
            }
        } catch {
            aggregator.forget(entry)
            guard !Task.isCancelled else { return }
            logger.warning(
                "Event not written",
                metadata: [
                    "object": "\(entry.subject.target.key)", "reason": "\(entry.subject.reason)", "error": "\(error)",
                ])
        }
    }

    /// Counts up what is there, and makes what is not.
    private func write(_ entry: EventAggregator.Entry) async throws {
        if entry.count > 1 {
            do {
                return try await patch(entry)
            } catch let status as APIStatus where status.reason == .notFound {
                // It was deleted meanwhile, or has outlived its time to live.
            }
        }
        do {
            _ = try await client.create(.event, event(entry))
        } catch let status as APIStatus where status.reason == .alreadyExists {
            // A creation whose answer was lost.
            try await patch(entry)
        }
    }

    private func newName(for key: ObjectKey) -> String {
        let suffix = String(UInt64.random(in: .min ... .max), radix: 16)
        return key.name.prefix(EventRecorder.nameBytesMax - 17) + "." + suffix
    }

    private func patch(_ entry: EventAggregator.Entry) async throws {
        _ = try await client.patch(
            .event, namespace: namespace(of: entry.subject.target), name: entry.name,
            .merge([
                "count": JSONValue(entry.count), "lastTimestamp": .string(entry.last.description),
                "message": .string(entry.subject.message),
            ]))
    }

    private func event(_ entry: EventAggregator.Entry) -> KubernetesObject {
        let (subject, target) = (entry.subject, entry.subject.target)
        let namespace = namespace(of: target)
        var event = KubernetesObject(.event, namespace: namespace, name: entry.name)
        event.json["involvedObject"] = .members([
            "apiVersion": .string(target.apiVersion), "kind": .string(target.kind),
            "namespace": target.key.namespace.isEmpty ? nil : .string(target.key.namespace),
            "name": .string(target.key.name), "uid": target.uid.isEmpty ? nil : .string(target.uid),
        ])
        event.json["type"] = .string(subject.type.rawValue)
        event.json["reason"] = .string(subject.reason)
        event.json["message"] = .string(subject.message)
        event.json["count"] = JSONValue(entry.count)
        event.json["firstTimestamp"] = .string(entry.first.description)
        event.json["lastTimestamp"] = .string(entry.last.description)
        event.json["source"] = ["component": .string(component)]
        event.json["reportingComponent"] = .string(component)
        event.json["reportingInstance"] = ""
        return event
    }

    /// Events of cluster-scoped objects live in `default`.
    private func namespace(of target: EventTarget) -> String {
        target.key.namespace.isEmpty ? "default" : target.key.namespace
    }

    private static func cut(_ message: String, to bytesMax: Int) -> String {
        // Room is left for what an aggregator puts before it.
        let bytesMax = bytesMax - EventAggregator.combined.utf8.count
        guard message.utf8.count > bytesMax else { return message }
        var text = ""
        var count = 0
        for character in message {
            count += character.utf8.count
            if count > bytesMax - 3 { break }
            text.append(character)
        }
        return text + "..."
    }
}
