import KubernetesAPI
import KubernetesClient
import Logging
import ServingAPI
import Synchronization

/// How a plan reaches the API server.
extension ModelServingReconciler {
    /// Applies actions in the order of their phases, those of one phase several at once; whether a name was taken.
    ///
    /// Without its revision nothing is made, and without its PodGroup no pod of a group: they wait for the next plan.
    func apply(_ actions: [ServingAction], to serving: ModelServing) async throws -> Bool {
        var taken: [ServingAction] = []
        var rest = actions[...]
        while let phase = rest.first?.phase {
            let together = rest.prefix { $0.phase == phase }
            rest = rest.dropFirst(together.count)
            let groupsInWait = Set(taken.compactMap(\.createdPodGroup))
            taken += try await applyAll(
                together.filter { action in action.podGroup.map { !groupsInWait.contains($0) } ?? true }, to: serving)
            if phase == .revision, !taken.isEmpty { return true }
        }
        return !taken.isEmpty
    }

    /// What became of one write.
    private enum Outcome: Sendable {
        case done
        /// The name was taken; the place of the action.
        case taken(Int)
        case failed(any Error)
    }

    /// Those whose name was taken. One write that fails holds up no other; after `failuresMax` nothing more is begun.
    private func applyAll(_ actions: [ServingAction], to serving: ModelServing) async throws -> [ServingAction] {
        var taken: [ServingAction] = []
        var failures: [any Error] = []
        await withTaskGroup(of: Outcome.self) { group in
            func collect() async {
                switch await group.next() {
                case .taken(let index)?: taken.append(actions[index])
                case .failed(let error)?: failures.append(error)
                case .done?, nil: break
                }
            }
            for (index, action) in actions.enumerated() {
                if index >= ModelServingReconciler.writesAtOnce { await collect() }
                if failures.count >= ModelServingReconciler.failuresMax { break }
                group.addTask { await self.outcome(of: action, at: index, to: serving) }
            }
            while !group.isEmpty { await collect() }
        }
        if let failure = failures.first { throw failure }
        return taken
    }

    private func outcome(of action: ServingAction, at index: Int, to serving: ModelServing) async -> Outcome {
        do {
            return try await apply(action, to: serving) ? .done : .taken(index)
        } catch {
            return .failed(error)
        }
    }

    /// Whether the name was free.
    private func apply(_ action: ServingAction, to serving: ModelServing) async throws -> Bool {
        switch action {
        case .createRevision(let revision): return try await createRevision(revision, of: serving)
        case .deletePod(let name, let uid): try await deletePod(serving, name, uid)
        case .deleteService(let name, let uid): try await delete(.service, serving, name, uid)
        case .createService(let service): return try await create(.service, service)
        case .createPodGroup(let group): return try await createPodGroup(group)
        case .updatePodGroup(let group, let patch): try await updatePodGroup(group, patch)
        case .deletePodGroup(let name, let uid): try await delete(.podGroup, serving, name, uid)
        case .createPod(let pod): return try await createPod(pod, of: serving)
        case .deleteRevision(let name, let uid): try await delete(.controllerRevision, serving, name, uid)
        }
        return true
    }

    /// Whether the name was free. Where one of ours has it that the cache does not show, the next plan knows it: as the
    /// same content, or as another one whose name cannot be had.
    private func createRevision(_ revision: KubernetesObject, of serving: ModelServing) async throws -> Bool {
        if try await create(.controllerRevision, revision) { return true }
        let key = revision.key
        guard let existing = try? await writer.get(.controllerRevision, namespace: key.namespace, name: key.name),
            existing.controller?.uid == serving.uid
        else { return false }
        let time = now()
        state.withLock { $0.pending.didCreate(existing, now: time) }
        return false
    }

    /// Whether the name was free.
    func create(_ kind: ResourceKind, _ object: KubernetesObject) async throws -> Bool {
        do {
            let created = try await writer.create(kind, object)
            let time = now()
            state.withLock { $0.pending.didCreate(created, now: time) }
            logger.info("Created \(kind.kind)", metadata: ["object": "\(object.key)"])
            return true
        } catch let status as APIStatus where status.reason == .alreadyExists {
            logger.info(
                "Waiting for a name that is taken", metadata: ["kind": "\(kind.kind)", "object": "\(object.key)"])
            return false
        }
    }

    /// Whether it is there now. A quota that refuses a pod of a surge stops the surge, not the rollout.
    private func createPod(_ pod: KubernetesObject, of serving: ModelServing) async throws -> Bool {
        do {
            return try await create(.pod, pod)
        } catch let status as APIStatus where status.reason == .forbidden && pod.isSurge {
            logger.notice(
                "Rolling out without a surge", metadata: ["object": "\(pod.key)", "reason": "\(status.message)"])
            let until = now() + ModelServingReconciler.surgeRetryDelay
            state.withLock { $0.refuseSurge(of: serving.uid, until: until) }
            return false
        }
    }

    private func deletePod(_ serving: ModelServing, _ name: String, _ uid: String) async throws {
        state.withLock { $0.settle(uid, of: serving.uid) }
        do {
            try await delete(.pod, serving, name, uid)
        } catch let refused as APIStatus {
            // Whatever else fails may have reached the server.
            state.withLock { $0.unsettle(uid, of: serving.uid) }
            throw refused
        }
    }

    private func delete(_ kind: ResourceKind, _ serving: ModelServing, _ name: String, _ uid: String) async throws {
        let key = ObjectKey(namespace: serving.key.namespace, name: name)
        do {
            try await writer.delete(kind, key, uid: uid)
            logger.info("Deleted \(kind.kind)", metadata: ["object": "\(key)"])
        } catch let status as APIStatus where status.reason == .notFound {
            // It went meanwhile. A conflict may also mean that the server was busy: then it is tried again.
        }
        let time = now()
        state.withLock { $0.pending.didDelete(uid: uid, now: time) }
    }
}

extension KubernetesObject {
    fileprivate var isSurge: Bool { annotations[Keys.Annotation.surge] == "true" }
}
