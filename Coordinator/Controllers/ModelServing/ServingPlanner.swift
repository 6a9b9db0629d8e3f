import JSONValues
package import KubernetesAPI
import ServingAPI

/// Decides what to do next for one ModelServing: a pure function of what is observed and the time.
///
/// 1. No pod is created under a name that exists, and none for a place beyond what the spec asks for; a rollout's surge
///    stands at the lowest free ordinals from `replicas` on.
/// 2. An ordinal of a group or role replica is reused only when nothing of its predecessor is left.
/// 3. A plan for a state that is as the spec asks, and settled, has no actions.
/// 4. What a rollout takes keeps to RolloutBudget, and never touches what a partition protects.
package struct ServingPlanner {
    /// Pods created by one plan; what is beyond follows at once in the next one.
    static let createsMax = 500

    /// A pod to create.
    struct NewPod {
        var identity: PodIdentity
        var blueprint: Blueprint
        var role: Role
        var isSurge: Bool
    }

    let model: ServingModel
    let observation: ServingObservation
    let now: Timestamp
    /// Groups and role replicas that this plan deletes.
    var doomedGroups: Set<Int> = []
    var doomedReplicas: Set<RoleReplicaID> = []
    var wakeAfter: Duration?
    var created: [NewPod] = []

    package static func plan(_ observation: ServingObservation, now: Timestamp) -> ServingPlan {
        plan(observation, ServingModel(observation), now: now)
    }

    static func plan(_ observation: ServingObservation, _ model: ServingModel, now: Timestamp) -> ServingPlan {
        var planner = ServingPlanner(model: model, observation: observation, now: now)
        return planner.plan()
    }

    private init(model: ServingModel, observation: ServingObservation, now: Timestamp) {
        self.model = model
        self.observation = observation
        self.now = now
    }

    private mutating func plan() -> ServingPlan {
        recover()
        shrinkGroups()
        let surge = rollGroups()
        for group in model.ordered where !isGoing(group) { shapeRoles(of: group) }
        createGroups()
        createSurge(surge)
        return assembled()
    }

    /// No more pods can be created by this plan.
    var isFull: Bool { created.count >= ServingPlanner.createsMax }

    func isGoing(_ group: ServingGroup) -> Bool { doomedGroups.contains(group.index) || group.isDeleting }

    func isGoing(_ replica: RoleReplica) -> Bool {
        replica.isDeleting || doomedReplicas.contains(replica.id) || doomedGroups.contains(replica.id.group)
    }

    mutating func wake(after delay: Duration) { wakeAfter = min(wakeAfter ?? delay, delay) }

    mutating func create(_ identity: PodIdentity, _ blueprint: Blueprint, _ role: Role, isSurge: Bool) {
        guard !isFull else { return }
        created.append(NewPod(identity: identity, blueprint: blueprint, role: role, isSurge: isSurge))
    }
}
