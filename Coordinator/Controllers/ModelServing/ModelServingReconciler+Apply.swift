import KubernetesAPI
import KubernetesClient
import Logging
import ServingAPI
import Synchronization

/// How a plan reaches the API server.
extension ModelServingReconciler {
    /// Applies actions in their order, those of one stage several at once; whether a name was taken.
    ///
    /// A stage is attempted whole and its first error thrown then: one write that fails holds up no other like it.
    func apply(_ actions: [ServingAction], to serving: ModelServing) async throws -> Bool {
        var isTaken = false
        for stage in ServingAction.stages(actions) {
            isTaken = try await !all(stage, of: serving) || isTaken
        }
        return isTaken
    }

    /// Whether every name was free.
    private func all(_ actions: [ServingAction], of serving: ModelServing) async throws -> Bool {
        let outcome = await withTaskGroup(of: Result<Bool, any Error>.self) { group in
            var outcome = Result<Bool, any Error>.success(true)
            func collect() async {
                guard let next = await group.next(), case .success(let isFree) = outcome else { return }
                outcome = next.map { $0 && isFree }
            }
            for (index, action) in actions.enumerated() {
                if index >= ModelServingReconciler.writesAtOnce { await collect() }
                group.addTask {
                    do { return .success(try await self.apply(action, to: serving)) } catch { return .failure(error) }
                }
            }
            while !group.isEmpty { await collect() }
            return outcome
        }
        return try outcome.get()
    }

    /// Whether the name was free.
    private func apply(_ action: ServingAction, to serving: ModelServing) async throws -> Bool {
        switch action {
        case .createRevision(let revision):
            // One of the same name has the same content.
            _ = try await create(.controllerRevision, revision)
        case .deletePod(let name, let uid): try await deletePod(serving, name, uid)
        case .deleteService(let name, let uid): try await delete(.service, serving, name, uid)
        case .createService(let service): return try await create(.service, service)
        case .createPod(let pod): return try await create(.pod, pod)
        case .deleteRevision(let name, let uid): try await delete(.controllerRevision, serving, name, uid)
        }
        return true
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
        } catch {
            state.withLock { $0.unsettle(uid, of: serving.uid) }
            throw error
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
