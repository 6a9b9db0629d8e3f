import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI

/// What the ModelServing controller knows: the caches of its informers and its own memory.
struct ServingState: Sendable {
    private var servings: [ObjectKey: KubernetesObject] = [:]
    private var pods = OwnedObjects()
    private var services = OwnedObjects()
    private var revisions = OwnedObjects()
    private var podGroups = OwnedObjects()
    var podGroupPatches = PodGroupPatches()
    var pending = PendingWrites()
    private var memories: [String: ServingMemory] = [:]
    private var roleStates: [String: RoleStates] = [:]

    /// Takes a change of an object of any kind; the ModelServing to look at, if it matters to one.
    mutating func apply(_ event: InformerEvent) -> ObjectKey? {
        let object = event.object
        if object.kind == "ModelServing" { return applyServing(event) }
        pending.saw(event)
        switch object.kind {
        case "Pod":
            let owner = pods.apply(event)
            if case .deleted(let pod) = event, let owner { noteLoss(of: Pod(pod), owner: owner.uid) }
            return owner.map { ObjectKey(namespace: object.namespace, name: $0.name) }
        case "Service": return services.apply(event).map { ObjectKey(namespace: object.namespace, name: $0.name) }
        case "ControllerRevision":
            return revisions.apply(event).map { ObjectKey(namespace: object.namespace, name: $0.name) }
        case "PodGroup":
            if case .deleted = event { podGroupPatches.forget(object.uid) }
            return podGroups.apply(event).map { ObjectKey(namespace: object.namespace, name: $0.name) }
        default: return nil
        }
    }

    /// A status this program wrote; the cache may lag behind it.
    mutating func didWrite(_ serving: KubernetesObject) { put(serving) }

    func serving(_ key: ObjectKey) -> KubernetesObject? { servings[key] }

    var keysForVolcano: [ObjectKey] {
        servings.values.filter {
            ($0.spec["schedulerName"]?.string ?? ServingDefaults.schedulerName) == Keys.volcanoScheduler
        }.map(\.key)
    }

    mutating func observation(
        of serving: ModelServing, installed: PodGroupSchema?, now: Timestamp
    ) -> ServingObservation {
        let uid = serving.uid
        let pods = pending.merged(pods.objects(of: uid), of: .pod, owner: uid, now: now).map { Pod($0) }
        var memory = memories[uid] ?? ServingMemory()
        noteTrouble(of: pods, in: &memory, now: now)
        memories[uid] = memory
        return ServingObservation(
            serving: serving, pods: pods,
            services: pending.merged(services.objects(of: uid), of: .service, owner: uid, now: now),
            revisions: pending.merged(revisions.objects(of: uid), of: .controllerRevision, owner: uid, now: now),
            memory: memory,
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
        let there = Set(pods.objects(of: uid).map(\.uid))
        memory.settled.formUnion(plan.settled.intersection(there))
        for lost in observation.memory.losses.keys { memory.losses[lost] = nil }
        memories[uid] = memory
    }

    /// The states of role replicas as they were told last, replaced by those of now.
    mutating func exchange(_ states: RoleStates, of serving: String) -> RoleStates? {
        roleStates.updateValue(states, forKey: serving)
    }

    /// Adds and replaces unless the cache has a newer version already; whether the change needs a look.
    private mutating func put(_ object: KubernetesObject) {
        if let known = servings[object.key], known.uid == object.uid,
            let old = Int(known.resourceVersion), let new = Int(object.resourceVersion), new < old
        {
            return
        }
        servings[object.key] = object
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
            if servings[object.key]?.uid == object.uid { servings[object.key] = nil }
            memories[object.uid] = nil
            roleStates[object.uid] = nil
            return nil
        }
    }

    /// Remembers a pod that went without a plan's doing, with the pods of its group that are left.
    private mutating func noteLoss(of pod: Pod, owner: String) {
        var memory = memories[owner] ?? ServingMemory()
        memory.troubleSince[pod.uid] = nil
        if memory.settled.remove(pod.uid) == nil, let reference = pod.object.controller,
            let serving = servings[ObjectKey(namespace: pod.key.namespace, name: reference.name)],
            serving.uid == owner,
            let identity = PodIdentity(podName: pod.key.name, serving: reference.name)
        {
            let siblings = pods.objects(of: owner).filter { sibling in
                let other = PodIdentity(podName: sibling.name, serving: reference.name)
                return other?.replica.group == identity.replica.group && !sibling.isBeingDeleted
            }
            memory.losses[pod.uid] = ServingMemory.Loss(
                replica: identity.replica, siblings: Set(siblings.map(\.uid)))
        }
        memories[owner] = memory
    }

    private func noteTrouble(of pods: [Pod], in memory: inout ServingMemory, now: Timestamp) {
        var troubled: [String: Timestamp] = [:]
        for pod in pods {
            guard let proven = PodTrouble.since(pod) else { continue }
            troubled[pod.uid] = min(memory.troubleSince[pod.uid] ?? now, proven ?? now)
        }
        memory.troubleSince = troubled
    }
}
