package import AgentProtocol
import Synchronization

/// The way to the other coordinator replicas: what this one has under way goes to the agents of the engines, which pass
/// it on, and what they pass on comes in here.
///
/// 1. Nothing is sent to an agent that no other replica hears.
/// 2. What comes back of this replica's own is left out.
package final class ReplicaExchange: Sendable {
    private struct State {
        /// Other replicas that each agent passes work on to; agents with none are left out.
        var others: [AgentID: Int] = [:]
        var tell: (@Sendable (AgentID, ReplicaWork) -> Void)?
        var hear: (@Sendable (ReplicaWork) -> Void)?
        var reach: (@Sendable (Bool) -> Void)?
    }

    private let fleet: Fleet
    private let replica: UInt64
    private let state = Mutex(State())

    /// `replica` is another number in each life of a replica.
    package init(_ fleet: Fleet, replica: UInt64) {
        self.fleet = fleet
        self.replica = replica
    }

    /// Says how agents are told.
    package func open(_ tell: @escaping @Sendable (AgentID, ReplicaWork) -> Void) {
        state.withLock { $0.tell = tell }
    }

    /// `hear` gets what other replicas have under way. `reach` is called when another replica is to be told of
    /// everything under way, and with false when none is left. Both are called on the link's thread.
    package func listen(
        hear: @escaping @Sendable (ReplicaWork) -> Void, reach: @escaping @Sendable (Bool) -> Void
    ) {
        let isReached = state.withLock { state in
            state.hear = hear
            state.reach = reach
            return !state.others.isEmpty
        }
        if isReached { reach(true) }
    }

    /// Takes an event of the link.
    package func take(_ event: LinkEvent, from agent: AgentID) {
        switch event {
        case .replicas(let count): setOthers(count, of: agent)
        case .connected, .lost: setOthers(0, of: agent)
        case .work(let work):
            guard work.replica != replica else { return }
            state.withLock { $0.hear }?(work)
        case .reports, .snapshotBegan, .snapshotEnded, .piece: break
        }
    }

    /// Tells the agents of these engines what is under way there. `work` makes the message for one engine's life.
    package func tell<Change: Sendable>(
        _ changes: [Change], engine: (Change) -> EngineID, work: (Change, _ incarnation: UInt64) -> EngineWork
    ) {
        let (tell, others) = state.withLock { ($0.tell, $0.others) }
        guard let tell, !others.isEmpty else { return }
        let layout = fleet.snapshot.layout
        var messages: [AgentID: ReplicaWork] = [:]
        for change in changes {
            guard let number = layout.numbers[engine(change)], others[layout.agents[number]] != nil else { continue }
            let agent = layout.agents[number]
            let made = work(change, layout.descriptions[number].incarnation)
            messages[agent, default: ReplicaWork(replica: replica)].engines.append(made)
            if messages[agent]?.engines.count == ReplicaWork.enginesMax, let full = messages.removeValue(forKey: agent)
            {
                tell(agent, full)
            }
        }
        for (agent, message) in messages { tell(agent, message) }
    }

    private func setOthers(_ count: Int, of agent: AgentID) {
        let (reach, isReached, isNews) = state.withLock { state in
            let before = state.others[agent] ?? 0
            state.others[agent] = count > 0 ? count : nil
            return (state.reach, !state.others.isEmpty, count != before)
        }
        if isNews { reach?(isReached) }
    }
}
