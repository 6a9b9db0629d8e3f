import KubernetesAPI
import ServingAPI

/// What becomes of groups and role replicas whose pods failed or went.
extension ServingPlanner {
    /// Dooms what the recovery policy rebuilds; what is merely missing is made anew by `shapeRoles`.
    mutating func recover() {
        guard model.serving.spec.recoveryPolicy != .none else { return }
        for group in model.ordered where !group.isDeleting {
            var isHit = false
            for replica in group.replicas {
                let isUnwell = !replica.isDeleting && hasFailed(replica)
                let isLost = isUnwell || replica.isBroken || hasLost(replica)
                switch model.serving.spec.recoveryPolicy {
                case .servingGroupRecreate:
                    isHit = isHit || isUnwell || hasLost(replica) || wasTaken(replica, from: group)
                case .roleRecreate: if isLost, !replica.isDeleting { doomedReplicas.insert(replica.id) }
                case .none: break
                }
            }
            if model.serving.spec.recoveryPolicy == .servingGroupRecreate, isHit || hasLostReplica(group) {
                doomedGroups.insert(group.index)
            }
        }
    }

    /// A pod of it has failed for longer than its grace; within the grace the plan asks to be woken.
    private mutating func hasFailed(_ replica: RoleReplica) -> Bool {
        let grace = Duration.seconds(max(0, model.serving.spec.template.restartGracePeriodSeconds))
        var isOver = false
        for pod in replica.living {
            guard let trouble = pod.trouble else { continue }
            let since = min(trouble.since ?? now, observation.memory.troubleSince[pod.uid] ?? now)
            let left = grace - (now - since)
            if left <= .zero { isOver = true } else { wake(after: left) }
        }
        return isOver
    }

    /// A pod of it went on its own, and pods it worked with are still there.
    private func hasLost(_ replica: RoleReplica) -> Bool {
        observation.memory.losses.values.contains { loss in
            loss.replica == replica.id && replica.living.contains { loss.siblings.contains($0.uid) }
        }
    }

    /// A whole role replica of the group went on its own, and pods it worked with are still there.
    private func hasLostReplica(_ group: ServingGroup) -> Bool {
        observation.memory.losses.values.contains { loss in
            loss.replica.group == group.index
                && group.replicas.contains { $0.living.contains { loss.siblings.contains($0.uid) } }
        }
    }

    /// Pods of the replica are on their way out, not by a plan, and its role is now short of replicas: so it was no
    /// shrinking that a restart interrupted.
    private func wasTaken(_ replica: RoleReplica, from group: ServingGroup) -> Bool {
        let going = replica.pods.filter(\.isDeleting)
        guard !going.allSatisfy({ observation.memory.settled.contains($0.uid) }),
            let wanted = group.shape.first(where: { $0.role.name == replica.id.role })?.wanted
        else { return false }
        return group.replicas(of: replica.id.role).filter { !$0.isDeleting && !$0.isBroken }.count < wanted
    }
}
