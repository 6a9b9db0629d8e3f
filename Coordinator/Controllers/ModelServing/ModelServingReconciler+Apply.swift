import KubernetesAPI
import KubernetesClient
import Logging
import ServingAPI
import Synchronization

/// How a plan reaches the API server.
extension ModelServingReconciler {
    /// Applies actions in their order, pods last and several at once; whether a name was taken.
    func apply(_ actions: [ServingAction], to serving: ModelServing) async throws -> Bool {
        var pods: [KubernetesObject] = []
        var isTaken = false
        var groupsInWait: Set<String> = []
        for action in actions {
            switch action {
            case .createRevision(let revision):
                // One of the same name has the same content.
                _ = try await create(.controllerRevision, revision)
            case .deletePod(let name, let uid): try await deletePod(serving, name, uid)
            case .deleteService(let name, let uid): try await delete(.service, serving, name, uid)
            case .createService(let service): isTaken = try await !create(.service, service) || isTaken
            case .createPodGroup(let group):
                if try await !createPodGroup(group) { groupsInWait.insert(group.name) }
            case .updatePodGroup(let group, let patch): try await updatePodGroup(group, patch)
            case .deletePodGroup(let name, let uid): try await delete(.podGroup, serving, name, uid)
            case .createPod(let pod): pods.append(pod)
            case .deleteRevision(let name, let uid): try await delete(.controllerRevision, serving, name, uid)
            }
        }
        pods.removeAll { groupsInWait.contains($0.annotations[Keys.Annotation.podGroup] ?? "") }
        return try await !createAll(pods) || isTaken || !groupsInWait.isEmpty
    }

    /// Whether every name was free.
    private func createAll(_ pods: [KubernetesObject]) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            var allFree = true
            for (index, pod) in pods.enumerated() {
                if index >= ModelServingReconciler.createsAtOnce, let free = try await group.next() {
                    allFree = allFree && free
                }
                group.addTask { try await self.create(.pod, pod) }
            }
            for try await free in group { allFree = allFree && free }
            return allFree
        }
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
        } catch let status as APIStatus where [.notFound, .conflict].contains(status.reason) {
            // It went meanwhile, or another one stands under its name.
        }
        let time = now()
        state.withLock { $0.pending.didDelete(uid: uid, now: time) }
    }
}
