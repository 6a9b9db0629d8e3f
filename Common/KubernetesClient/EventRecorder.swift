import JSONValues
package import KubernetesAPI
package import Logging
import Observability
import ServiceLifecycle
import Synchronization

/// Tells people what happened to an object: Kubernetes events, written in the background.
///
/// 1. `record` never waits: past `queueMax` waiting events the oldest is dropped and counted in `dropped`.
/// 2. Equal events within ten minutes are one event with a count.
/// 3. A failure to write an event is logged and never reaches who recorded it.
package final class EventRecorder: Service, Sendable {
    static let queueMax = 1000
    /// Longer messages are cut, as the API server refuses them.
    static let messageBytesMax = 1024

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
        let subject = EventSubject(
            kind: object.kind, apiVersion: object.apiVersion, key: object.key, uid: object.uid, type: type,
            reason: reason, message: EventRecorder.cut(message))
        if case .dropped = continuation.yield(Occurrence(subject: subject, time: now())) {
            droppedCount.withLock { $0 += 1 }
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var aggregator = EventAggregator()
            for await occurrence in self.waiting { await self.write(occurrence, &aggregator) }
        }
    }

    private func write(_ occurrence: Occurrence, _ aggregator: inout EventAggregator) async {
        let subject = occurrence.subject
        let suffix = String(UInt64.random(in: .min ... .max), radix: 16)
        let entry = aggregator.record(subject, name: "\(subject.key.name).\(suffix)", at: occurrence.time)
        do {
            if entry.count > 1 {
                do {
                    try await patch(entry, of: subject)
                    return
                } catch let status as APIStatus where status.reason == .notFound {
                    // It was deleted meanwhile, or has outlived its time to live: write it anew below.
                }
            }
            _ = try await client.create(.event, event(entry, of: subject))
        } catch {
            aggregator.forget(subject)
            guard !Task.isCancelled else { return }
            logger.warning(
                "Event not written",
                metadata: ["object": "\(subject.key)", "reason": "\(subject.reason)", "error": "\(error)"])
        }
    }

    private func patch(_ entry: EventAggregator.Entry, of subject: EventSubject) async throws {
        _ = try await client.patch(
            .event, namespace: namespace(of: subject), name: entry.name,
            .merge(["count": JSONValue(entry.count), "lastTimestamp": .string(entry.last.description)]))
    }

    private func event(_ entry: EventAggregator.Entry, of subject: EventSubject) -> KubernetesObject {
        let namespace = namespace(of: subject)
        var event = KubernetesObject(.event, namespace: namespace, name: entry.name)
        event.json["involvedObject"] = .members([
            "apiVersion": .string(subject.apiVersion), "kind": .string(subject.kind),
            "namespace": subject.key.namespace.isEmpty ? nil : .string(subject.key.namespace),
            "name": .string(subject.key.name), "uid": subject.uid.isEmpty ? nil : .string(subject.uid),
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
    private func namespace(of subject: EventSubject) -> String {
        subject.key.namespace.isEmpty ? "default" : subject.key.namespace
    }

    private static func cut(_ message: String) -> String {
        guard message.utf8.count > messageBytesMax else { return message }
        var text = ""
        var count = 0
        for character in message {
            count += character.utf8.count
            if count > messageBytesMax - 3 { break }
            text.append(character)
        }
        return text + "..."
    }
}
