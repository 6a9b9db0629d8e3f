import AgentProtocol
import Synchronization

/// Passes what one coordinator has under way on to the others, over the links of one agent.
///
/// 1. Nothing goes back over the link that it came from.
/// 2. Links of coordinators that do not understand it are not among these.
/// 3. When a coordinator's last link closes, the others hear that its work is over.
package final class WorkRelay: Sendable {
    /// One link whose session is open.
    struct Member: Sendable {
        var outboxes: OutboxSet
        var index: Int
        var wake: Wake
        /// Whose link it is, once that told anything.
        var replica: UInt64?

        func `is`(_ other: Member) -> Bool { outboxes === other.outboxes && index == other.index }
    }

    private let members = Mutex<[Member]>([])

    /// One for all links of an agent.
    package init() {}

    func join(_ member: Member) {
        change { members in
            if !members.contains(where: { $0.is(member) }) { members.append(member) }
            return nil
        }
    }

    func leave(_ member: Member) {
        change { members in
            guard let place = members.firstIndex(where: { $0.is(member) }) else { return nil }
            guard let replica = members.remove(at: place).replica,
                !members.contains(where: { $0.replica == replica })
            else { return nil }
            return ReplicaWork(replica: replica, isOver: true)
        }
    }

    func pass(_ work: ReplicaWork, from member: Member) {
        let others = members.withLock { members in
            if let place = members.firstIndex(where: { $0.is(member) }) { members[place].replica = work.replica }
            return members.filter { !$0.is(member) }
        }
        for other in others { other.tell(work) }
    }

    /// Changes who is there, and tells everybody how many others there are.
    private func change(_ body: (inout [Member]) -> ReplicaWork?) {
        let (members, over) = members.withLock { members in
            let over = body(&members)
            return (members, over)
        }
        for member in members {
            member.outboxes.with(member.index) { $0.setOthers(members.count - 1) }
            if let over { member.tell(over) } else { member.wake.signal() }
        }
    }
}

extension WorkRelay.Member {
    fileprivate func tell(_ work: ReplicaWork) {
        outboxes.with(index) { $0.tell(work) }
        wake.signal()
    }
}
