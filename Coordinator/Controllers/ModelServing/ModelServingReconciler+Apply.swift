import KubernetesAPI
import KubernetesClient
import Logging
import ServingAPI
import Synchronization

/// How a plan reaches the API server.
extension ModelServingReconciler {
    /// Applies actions in the order of their phases, those of one phase several at once; whether a name was taken.
    ///
    /// Without its revision nothing is made: the phases after it wait for the next plan.
    func apply(_ actions: [ServingAction], to serving: ModelServing) async throws -> Bool {
        var isTaken = false
        var rest = actions[...]
        while let phase = rest.first?.phase {
            let together = rest.prefix { $0.phase == phase }
            rest = rest.dropFirst(together.count)
            let allFree = try await applyAll(together, to: serving)
            isTaken = isTaken || !allFree
            if phase == .revision, !allFree { return true }
        }
        return isTaken
    }

    /// Whether every name was free. One write that fails holds up no other; after `failuresMax` nothing more is begun.
    private func applyAll(_ actions: ArraySlice<ServingAction>, to serving: ModelServing) async throws -> Bool {
        if actions.count == 1, let action = actions.first { return try await apply(action, to: serving) }
        return try await withTaskGroup(of: Result<Bool, any Error>.self) { group in
            var outcome = Result<Bool, any Error>.success(true)
            var failures = 0
            func take(_ result: Result<Bool, any Error>) {
                if case .failure = result { failures += 1 }
                switch (outcome, result) {
                case (.failure, _), (.success, .success(true)): break
                case (.success, _): outcome = result
                }
            }
            for (index, action) in actions.enumerated() {
                if index >= ModelServingReconciler.writesAtOnce, let result = await group.next() { take(result) }
                if failures >= ModelServingReconciler.failuresMax { break }
                group.addTask {
                    do { return .success(try await self.apply(action, to: serving)) } catch { return .failure(error) }
                }
            }
            for await result in group { take(result) }
            return outcome
        }.get()
    }

    /// Whether the name was free.
    private func apply(_ action: ServingAction, to serving: ModelServing) async throws -> Bool {
        switch action {
        case .createRevision(let revision): return try await createRevision(revision, of: serving)
        case .deletePod(let name, let uid): try await deletePod(serving, name, uid)
        case .deleteService(let name, let uid): try await delete(.service, serving, name, uid)
        case .createService(let service): return try await create(.service, service)
        case .createPod(let pod): return try await create(.pod, pod)
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
    private func create(_ kind: ResourceKind, _ object: KubernetesObject) async throws -> Bool {
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
