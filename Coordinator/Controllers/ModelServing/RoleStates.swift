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

    /// Events of one reason told at once; of more the last one says how many they are.
    static let eventsMax = 10

    /// What is to be told of the way from `before` to here, in the order of the replicas. One that is gone already was
    /// deleted on the way.
    func events(since before: RoleStates, serving: String) -> [(reason: String, message: String)] {
        let gone = before.states.filter { states[$0.key] == nil }.mapValues { _ in State.deleting }
        let changed = states.merging(gone) { now, _ in now }.filter { before.states[$0.key] != $0.value }
        return [State.deleting, .creating, .running].flatMap { state in
            let ids = changed.filter { $0.value == state }.keys.sorted()
            let shown = ids.count > RoleStates.eventsMax ? RoleStates.eventsMax - 1 : ids.count
            var messages = ids.prefix(shown).map { id in
                let group = id.groupName(serving: serving)
                return "Role \(id.role)/\(id.roleID) in ServingGroup \(group) is now \(state.rawValue)"
            }
            if shown < ids.count {
                messages.append("\(ids.count - shown) more role replicas are now \(state.rawValue)")
            }
            return messages.map { (state.reason, $0) }
        }
    }
}
