import JSONValues
package import KubernetesAPI
package import KubernetesClient
package import Logging
import ServingAPI
import Synchronization

/// Carries LeaderWorkerSets out as ModelServings of the same names, and tells the sets how far they are.
///
/// 1. A ModelServing that the set does not control is never touched.
/// 2. It writes nothing when nothing changed, and nothing twice that the server does not keep.
/// 3. A set that cannot be carried out says why in its `Stalled` condition, and is tried again when it changes.
package final class LeaderWorkerSetReconciler: Sendable {
    /// How soon a ModelServing that was about to go or come is looked at again.
    static let retryDelay = Duration.seconds(1)

    /// Tells people what happened to a set: the object, the kind of event, the reason, the message.
    package typealias Announce = @Sendable (KubernetesObject, EventType, String, String) -> Void

    private let writer: any ClusterWriter
    private let announce: Announce
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let state = Mutex(SetState())

    package init(
        writer: any ClusterWriter, announce: @escaping Announce, now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.writer = writer
        self.announce = announce
        self.now = now
        self.logger = logger
    }

    /// Takes a change of a set or a ModelServing from an informer; the key to reconcile, if any.
    package func observe(_ event: InformerEvent) -> ObjectKey? { state.withLock { $0.apply(event) } }

    /// One round for one set; answers when to come back where no event will say so.
    package func reconcile(_ key: ObjectKey) async throws -> Duration? {
        guard let set = state.withLock({ $0.set(key) }), !set.object.isBeingDeleted else { return nil }
        let translation = SetTranslation(set)
        guard translation.refusals.isEmpty else {
            try await stall(set, "InvalidSpec", translation.refusals.joined(separator: "; "))
            return nil
        }
        do {
            guard let serving = try await carryOut(translation, of: set) else {
                return LeaderWorkerSetReconciler.retryDelay
            }
            guard serving.controller?.uid == set.uid else {
                try await stall(set, "NameTaken", LeaderWorkerSetReconciler.taken(serving))
                return nil
            }
            try await write(SetStatusMaker(source: set, now: now()).following(serving), to: set)
            return nil
        } catch let status as APIStatus where status.reason == .invalid || status.reason == .badRequest {
            try await stall(set, "InvalidSpec", "The ModelServing of this set is refused: \(status.message)")
            return nil
        }
    }

    /// The ModelServing of the set's name as it is after this; nil where the next round has to look again.
    private func carryOut(_ translation: SetTranslation, of set: LeaderWorkerSet) async throws -> KubernetesObject? {
        guard let serving = state.withLock({ $0.serving(set.key) }) else {
            return try await create(translation, of: set)
        }
        guard serving.controller?.uid == set.uid else { return serving }
        guard !serving.isBeingDeleted else { return nil }
        if state.withLock({ $0.takeUntold(set.uid) }) { tell(translation.notes, of: set) }
        return try await update(serving, to: translation.serving)
    }

    private func create(_ translation: SetTranslation, of set: LeaderWorkerSet) async throws -> KubernetesObject? {
        do {
            let created = try await writer.create(.modelServing, translation.serving)
            state.withLock { $0.didWrite(spec: translation.serving.spec, giving: created) }
            logger.info("Created ModelServing", metadata: ["object": "\(set.key)"])
            announce(set.object, .normal, "ModelServingCreated", "ModelServing \(set.key.name) carries out this set")
            tell(translation.notes, of: set)
            return created
        } catch let status as APIStatus where status.reason == .alreadyExists {
            return nil
        }
    }

    private func update(_ serving: KubernetesObject, to wanted: KubernetesObject) async throws -> KubernetesObject? {
        var operations: [JSONValue] = []
        let isSame = (try? ModelServing(serving).spec) == (try? ModelServing(wanted).spec)
        if !isSame, !state.withLock({ $0.wasWritten(spec: wanted.spec, to: serving) }) {
            operations.append(["op": "replace", "path": "/spec", "value": wanted.spec])
        }
        let name = Keys.Annotation.queueName
        if serving.annotations[name] != wanted.annotations[name] {
            var annotations = serving.annotations
            annotations[name] = wanted.annotations[name]
            operations.append(["op": "add", "path": "/metadata/annotations", "value": .strings(annotations)])
        }
        guard !operations.isEmpty else { return serving }
        operations.insert(["op": "test", "path": "/metadata/uid", "value": .string(serving.uid)], at: 0)
        do {
            let patched = try await writer.patch(.modelServing, serving.key, .json(.array(operations)))
            state.withLock { $0.didWrite(spec: wanted.spec, giving: patched) }
            logger.info("Updated ModelServing", metadata: ["object": "\(serving.key)"])
            return patched
        } catch let status as APIStatus where status.reason == .notFound {
            return nil
        }
    }

    private func tell(_ notes: [String], of set: LeaderWorkerSet) {
        for note in notes { announce(set.object, .warning, "FieldIgnored", note) }
    }

    private func stall(_ set: LeaderWorkerSet, _ reason: String, _ message: String) async throws {
        let status = SetStatusMaker(source: set, now: now()).stalled(reason, message)
        if try await write(status, to: set) { announce(set.object, .warning, reason, message) }
    }

    /// Whether there was anything to write.
    @discardableResult private func write(_ status: JSONValue, to set: LeaderWorkerSet) async throws -> Bool {
        guard !SetStatusMaker(source: set, now: now()).isKnown(status),
            !state.withLock({ $0.wasWritten(status: status, to: set) })
        else { return false }
        do {
            let written = try await writer.mergeStatus(.leaderWorkerSet, set.key, status)
            state.withLock { $0.didWrite(status: status, giving: written) }
            return true
        } catch let status as APIStatus where status.reason == .notFound {
            return false
        }
    }

    private static func taken(_ serving: KubernetesObject) -> String {
        let owner = serving.controller.map { "\($0.kind) \($0.name) (UID \($0.uid))" } ?? "nobody"
        return "ModelServing \(serving.name) exists and is controlled by \(owner), not by this set; rename one of them"
    }
}
