import Controllers
import JSONValues
import KubernetesAPI
import ServingAPI

/// The API's state as one plan sees it: applies plans at once and changes pods by hand.
struct PlanState {
    var serving: ModelServing
    var pods: [String: Pod] = [:]
    var services: [String: KubernetesObject] = [:]
    var revisions: [String: KubernetesObject] = [:]
    var podGroups: [String: KubernetesObject] = [:]
    var podGroupSchema: PodGroupSchema?
    var memory = ServingMemory()
    var now = Timestamp(microseconds: 1_800_000_000_000_000)
    private var uids = 0

    init(_ serving: ModelServing) { self.serving = serving }

    var observation: ServingObservation {
        ServingObservation(
            serving: serving, pods: Array(pods.values), services: Array(services.values),
            revisions: Array(revisions.values), memory: memory, podGroups: Array(podGroups.values),
            installed: podGroupSchema)
    }

    var names: [String] { pods.keys.sorted() }
    var living: [String] { pods.values.filter { !$0.object.isBeingDeleted }.map(\.key.name).sorted() }
    var plan: ServingPlan { ServingPlanner.plan(observation, now: now) }

    /// Applies one plan, and writes the status that follows it; answers the plan.
    @discardableResult mutating func step() -> ServingPlan {
        let plan = plan
        for action in plan.actions { apply(action) }
        memory.settled.formUnion(plan.settled)
        memory.losses = [:]
        var object = serving.object
        object.status = ServingStatusMaker.status(observation, now: now).json
        if let written = try? ModelServing(object) { serving = written }
        return plan
    }

    private mutating func apply(_ action: ServingAction) {
        switch action {
        case .createRevision(let object): revisions[object.name] = identified(object)
        case .createService(let object): services[object.name] = identified(object)
        case .createPod(let object): pods[object.name] = Pod(identified(object))
        case .createPodGroup(let object): podGroups[object.name] = identified(object)
        case .updatePodGroup(let seen, let patch): podGroups[seen.name] = patched(seen, patch)
        case .deletePodGroup(let name, _): podGroups[name] = nil
        case .deletePod(let name, _): terminate(name)
        case .deleteService(let name, _): services[name] = nil
        case .deleteRevision(let name, _): revisions[name] = nil
        }
    }

    private func patched(_ object: KubernetesObject, _ patch: JSONValue) -> KubernetesObject? {
        (try? object.json.applying(patch: patch)).map { KubernetesObject($0) }
    }

    private mutating func identified(_ object: KubernetesObject) -> KubernetesObject {
        uids += 1
        var object = object
        object.json[path: "metadata", "uid"] = "uid-\(uids)"
        object.json[path: "metadata", "creationTimestamp"] = .string(now.description)
        object.json[path: "metadata", "generation"] = 1
        return object
    }

    /// A pod's deletion was asked for.
    mutating func terminate(_ name: String) {
        pods[name]?.object.json[path: "metadata", "deletionTimestamp"] = .string(now.description)
    }

    /// Pods on their way out are gone.
    mutating func reap() { pods = pods.filter { !$0.value.object.isBeingDeleted } }

    /// All pods, or those named, are running and ready (or not).
    mutating func run(_ names: [String]? = nil, ready: Bool = true) {
        for name in names ?? living {
            pods[name]?.nodeName = "n"
            pods[name]?.object.json["status"] = [
                "phase": "Running",
                "conditions": [
                    Condition("Ready", ready, reason: "Test", message: "", at: now).json
                ],
            ]
        }
    }

    /// Applies plans, with pods that start and end at once, until nothing is left to do.
    mutating func settle(rounds: Int = 30) {
        for _ in 0..<rounds {
            let isIdle = step().actions.isEmpty && living.count == names.count
            reap()
            run()
            if isIdle { return }
        }
    }

    /// Changes the spec as an edit would.
    mutating func edit(_ change: (inout JSONValue) -> Void) throws {
        var object = serving.object
        change(&object.json)
        object.json[path: "metadata", "generation"] = JSONValue(object.generation + 1)
        serving = try ModelServing(object)
    }

    /// Changes one role of the template.
    mutating func editRole(_ index: Int, _ change: (inout JSONValue) -> Void) throws {
        try edit { json in
            var roles = json[path: "spec", "template", "roles"]?.elements ?? []
            change(&roles[index])
            json[path: "spec", "template", "roles"] = .array(roles)
        }
    }

    /// The image of a pod's first container.
    func image(_ name: String) -> String? { pods[name]?.containers.first?["image"]?.string }

    func condition(_ type: String) -> Condition? { serving.status.conditions.first { $0.type == type } }
}

/// Another image in the entry template of a role.
func image(_ name: String) -> (inout JSONValue) -> Void {
    { role in
        var containers = role[path: "entryTemplate", "spec", "containers"]?.elements ?? []
        containers[0]["image"] = .string(name)
        role[path: "entryTemplate", "spec", "containers"] = .array(containers)
    }
}
