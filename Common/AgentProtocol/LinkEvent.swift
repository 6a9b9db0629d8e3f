/// An agent by the name of its node; the same over restarts.
package struct AgentID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Bytes a name may have in UTF-8.
    package static let nameBytesMax = 253

    package var name: String

    package init(_ name: String) { self.name = name }

    package var description: String { name }

    package static func < (left: AgentID, right: AgentID) -> Bool { left.name < right.name }
}

/// What an agent says of itself when it connects.
package struct AgentDescription: Sendable, Hashable {
    package var id: AgentID
    /// One life of the agent's process; a larger number is a later life.
    package var epoch: UInt64
    /// Version of the agent program, for people.
    package var version: String
    /// It runs pods as local processes itself.
    package var isStandalone: Bool

    package init(id: AgentID, epoch: UInt64, version: String = "", isStandalone: Bool = false) {
        self.id = id
        self.epoch = epoch
        self.version = version
        self.isStandalone = isStandalone
    }
}

/// Why an agent is out of reach.
package enum LostReason: Sendable, Hashable {
    /// Nothing was heard from it for longer than the link allows.
    case silent
    /// It said goodbye, in its own words.
    case goodbye(String)
    /// The coordinator's own end of the link stops.
    case stopped
}

/// What the link tells a coordinator about one agent, in this order of life: connected, then reports and snapshots,
/// then lost; connected again begins anew. Nothing was missed across a gap unless `snapshotBegan` follows.
package enum LinkEvent: Sendable, Hashable {
    case connected(AgentDescription)
    /// Facts in the order they became true.
    case reports([Report])
    /// All that is known of this agent will be said again; reports until `snapshotEnded` belong to the new picture.
    /// A second `snapshotBegan` before the end throws the first, unfinished one away.
    case snapshotBegan
    /// The new picture is whole: what it does not name is gone.
    case snapshotEnded
    /// An answer to what was asked of the agent; at any time while it is connected.
    case piece(ModelFilesPiece)
    /// What another coordinator has under way at engines of this agent; at any time while it is connected.
    case work(ReplicaWork)
    /// The agent passes work on to so many other coordinators; none after it connected until this says otherwise.
    case replicas(others: Int)
    /// What the agent reported may be out of date from here on.
    case lost(LostReason)
}
