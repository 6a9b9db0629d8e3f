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

    /// Role replicas that came to one state and are told of one by one; more of them share one event.
    static let eventsMax = 4
    /// Role replicas that a shared event names; of more it says how many they are.
    static let namesMax = 16

    /// What is to be told of the way from `before` to here, in the order of the replicas. One that is gone already was
    /// deleted on the way.
    func events(since before: RoleStates, serving: String) -> [(reason: String, message: String)] {
        let gone = before.states.filter { states[$0.key] == nil }.mapValues { _ in State.deleting }
        let changed = states.merging(gone) { now, _ in now }.filter { before.states[$0.key] != $0.value }
        return [State.deleting, .creating, .running].flatMap { state in
            let ids = changed.filter { $0.value == state }.keys.sorted()
            return RoleStates.messages(ids, state, serving: serving).map { (state.reason, $0) }
        }
    }

    private static func messages(_ ids: [RoleReplicaID], _ state: State, serving: String) -> [String] {
        let names = ids.prefix(max(eventsMax, namesMax)).map { id in
            "\(id.role)/\(id.roleID) in ServingGroup \(id.groupName(serving: serving))"
        }
        if ids.count <= eventsMax { return names.map { "Role \($0) is now \(state.rawValue)" } }
        let rest = ids.count > names.count ? ", and \(ids.count - names.count) more" : ""
        return ["\(ids.count) role replicas are now \(state.rawValue): \(names.joined(separator: ", "))\(rest)"]
    }
}
