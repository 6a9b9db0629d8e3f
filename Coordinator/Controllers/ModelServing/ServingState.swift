import KubernetesAPI
import KubernetesClient
import ServingAPI

/// What the ModelServing controller knows: the caches of its informers and its own memory.
struct ServingState: Sendable {
    /// The least time between two writes of mere progress.
    static let statusPace = Duration.milliseconds(250)

    private var servings: [ObjectKey: KnownServing] = [:]
    private var pods = OwnedPods()
    private var services = OwnedObjects()
    private var revisions = OwnedObjects()
    private var podGroups = OwnedObjects()
    var podGroupPatches = PodGroupPatches()
    private var books = RevisionBooks()
    var pending = PendingWrites()
    private var memories: [String: ServingMemory] = [:]
    private var roleStates: [String: RoleStates] = [:]
    /// When a status was written last, by UID.
    private var written: [String: Timestamp] = [:]

    /// Takes a change of an object of any kind; the ModelServing to look at, if it matters to one.
    mutating func apply(_ event: InformerEvent) -> ObjectKey? {
        let object = event.object
        if object.kind == "ModelServing" { return applyServing(event) }
        pending.saw(event)
        guard let owner = object.controller, owner.kind == "ModelServing" else { return nil }
        let serving = ObjectKey(namespace: object.namespace, name: owner.name)
        switch object.kind {
        case "Pod":
            if let lost = pods.apply(event, owner: owner) { noteLoss(of: lost, serving, owner: owner.uid) }
        case "Service": services.apply(event, owner: owner)
        case "ControllerRevision": revisions.apply(event, owner: owner)
        case "PodGroup":
            podGroups.apply(event, owner: owner)
            if case .deleted = event { podGroupPatches.forget(object.uid) }
        default: return nil
        }
        return serving
    }

    /// A status this program wrote; the cache may lag behind it.
    mutating func didWrite(_ serving: KubernetesObject, _ status: ModelServingStatus, now: Timestamp) {
        put(serving, status)
        written[serving.uid] = now
    }

    /// How long a status may wait that says no more than how far the groups are, so that many pods that get ready one
    /// by one do not cost a write each; nil where it is to be written now.
    func pause(before status: ModelServingStatus, over known: KnownServing, now: Timestamp) -> Duration? {
        guard let last = written[known.object.uid], status != known.status, status.isProgress(over: known.status)
        else { return nil }
        let left = ServingState.statusPace - (now - last)
        return left > .zero ? left : nil
    }

    /// No surge is tried until then.
    mutating func refuseSurge(of serving: String, until: Timestamp) {
        memories[serving, default: ServingMemory()].surgeRefusedUntil = until
    }

    func serving(_ key: ObjectKey) -> KnownServing? { servings[key] }

    var keysForVolcano: [ObjectKey] {
        servings.values.filter { $0.view?.spec.schedulerName == Keys.volcanoScheduler }.map(\.object.key)
    }

    mutating func observation(
        of known: KnownServing, _ serving: ModelServing, installed: PodGroupSchema?, now: Timestamp
    ) -> ServingObservation {
        let uid = serving.uid
        pending.expire(now)
        let pods = pending.merged(pods.pods(of: uid), owner: uid)
        var memory = memories[uid] ?? ServingMemory()
        noteTrouble(of: pods, in: &memory, now: now)
        memories[uid] = memory
        let stored = pending.merged(revisions.objects(of: uid), of: .controllerRevision, owner: uid, now: now)
        return ServingObservation(
            serving: serving, status: known.status, pods: pods,
            services: pending.merged(services.objects(of: uid), of: .service, owner: uid, now: now),
            book: books.book(of: serving, stored, status: known.status), memory: memory,
            podGroups: pending.merged(podGroups.objects(of: uid), of: .podGroup, owner: uid, now: now),
            installed: installed)
    }

    /// A pod is about to be deleted by a plan: its going is no loss.
    mutating func settle(_ uid: String, of serving: String) {
        memories[serving, default: ServingMemory()].settled.insert(uid)
    }

    /// It could not be deleted after all.
    mutating func unsettle(_ uid: String, of serving: String) { memories[serving]?.settled.remove(uid) }

    /// A plan was applied in full: what it saw lost or going is dealt with.
    mutating func settle(_ plan: ServingPlan, for observation: ServingObservation) {
        let uid = observation.serving.uid
        guard var memory = memories[uid] else { return }
        if !plan.settled.isEmpty {
            let there = Set(pods.pods(of: uid).map(\.uid))
            memory.settled.formUnion(plan.settled.intersection(there))
        }
        for lost in observation.memory.losses.keys { memory.losses[lost] = nil }
        memories[uid] = memory
    }

    /// The states of role replicas as they were told last, replaced by those of now.
    mutating func exchange(_ states: RoleStates, of serving: String) -> RoleStates? {
        roleStates.updateValue(states, forKey: serving)
    }

    /// Adds and replaces unless the cache has a newer version already.
    private mutating func put(_ object: KubernetesObject, _ status: ModelServingStatus? = nil) {
        let (key, version) = (object.key, object.resourceVersion)
        let known = servings[key]
        if let known, known.object.uid == object.uid {
            if !version.isEmpty, known.version == version { return }
            if let old = Int(known.version), let new = Int(version), new < old { return }
        }
        servings[key] = KnownServing(object, version: version, status: status, after: known)
    }

    private mutating func applyServing(_ event: InformerEvent) -> ObjectKey? {
        switch event {
        case .added(let object):
            put(object)
            return object.key
        case .updated(let old, let new):
            put(new)
            let isStatusOnly =
                old.generation == new.generation && new.generation > 0 && old.isBeingDeleted == new.isBeingDeleted
                && old.annotations == new.annotations && old.labels == new.labels
            return isStatusOnly ? nil : new.key
        case .deleted(let object):
            if servings[object.key]?.object.uid == object.uid { servings[object.key] = nil }
            memories[object.uid] = nil
            roleStates[object.uid] = nil
            written[object.uid] = nil
            books.forget(object.uid)
            return nil
        }
    }

    /// Remembers a pod that went without a plan's doing, with the pods of its group that are left.
    private mutating func noteLoss(of pod: ServingPod, _ serving: ObjectKey, owner: String) {
        var memory = memories[owner] ?? ServingMemory()
        memory.troubleSince[pod.uid] = nil
        if memory.settled.remove(pod.uid) == nil, servings[serving]?.object.uid == owner {
            let group = pod.identity.replica.group
            let siblings = pods.pods(of: owner).filter { $0.identity.replica.group == group && !$0.isDeleting }
            memory.losses[pod.uid] = ServingMemory.Loss(
                replica: pod.identity.replica, siblings: Set(siblings.map(\.uid)))
        }
        memories[owner] = memory
    }

    private func noteTrouble(of pods: [ServingPod], in memory: inout ServingMemory, now: Timestamp) {
        var troubled: [String: Timestamp] = [:]
        for pod in pods {
            guard let trouble = pod.trouble, !pod.isDeleting else { continue }
            troubled[pod.uid] = min(memory.troubleSince[pod.uid] ?? now, trouble.since ?? now)
        }
        memory.troubleSince = troubled
    }
}

extension ModelServingStatus {
    /// Whether this only says that more is up than before: nothing that anybody waits for.
    fileprivate func isProgress(over before: ModelServingStatus) -> Bool {
        let facts = [
            ConditionType.ready, ConditionType.stalled, ConditionType.available, ConditionType.updateInProgress,
        ]
        return observedGeneration == before.observedGeneration && updateRevision == before.updateRevision
            && currentRevision == before.currentRevision && availableReplicas >= before.availableReplicas
            && facts.allSatisfy { conditions.holds($0) == before.conditions.holds($0) }
    }
}
