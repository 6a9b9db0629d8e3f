import KubernetesAPI
import ServingAPI

/// The state of every role replica, for telling people about changes.
struct RoleStates: Sendable, Equatable {
    enum State: String, Sendable {
        case creating = "Creating"
        case running = "Running"
        case deleting = "Deleting"

        var reason: String {
            switch self {
            case .creating: EventReason.roleCreating
            case .running: EventReason.roleRunning
            case .deleting: EventReason.roleDeleting
            }
        }
    }

    private var states: [RoleReplicaID: State] = [:]

    init(_ model: ServingModel) {
        for replica in model.ordered.lazy.flatMap(\.replicas) {
            states[replica.id] = replica.isDeleting ? .deleting : replica.isRunning ? .running : .creating
        }
    }

    /// What is to be told of the way from `before` to here, in the order of the replicas. One that is gone already was
    /// deleted on the way.
    func changes(since before: RoleStates, serving: String) -> [(reason: String, message: String)] {
        let gone = before.states.filter { states[$0.key] == nil }.mapValues { _ in State.deleting }
        let all = states.merging(gone) { now, _ in now }
        return all.filter { before.states[$0.key] != $0.value }.sorted { $0.key < $1.key }.map { id, state in
            let group = id.groupName(serving: serving)
            return (state.reason, "Role \(id.role)/\(id.roleID) in ServingGroup \(group) is now \(state.rawValue)")
        }
    }
}
