/// What an agent sends to a coordinator.
package enum AgentMessage: Sendable, Hashable {
    /// Opens a session; the only message whose bytes never change between versions.
    case hello(Hello)
    /// A numbered piece of the stream; numbers go up by one over all sessions of one agent's life.
    case item(session: UInt64, sequence: UInt64, StreamItem)
    /// `last` is the number of the last item sent, so that a lost last item is noticed.
    case heartbeat(session: UInt64, last: UInt64)
    case goodbye(session: UInt64, reason: String)
    /// The answer to `wants`; not part of the numbered stream.
    case piece(session: UInt64, ModelFilesPiece)
    /// What another coordinator has under way at engines of this agent; not part of the numbered stream.
    case work(session: UInt64, ReplicaWork)
    /// How many other coordinators the agent passes work on to, when that changes and beside heartbeats.
    case replicas(session: UInt64, others: Int)
}

/// How an agent introduces itself.
package struct Hello: Sendable, Hashable {
    /// The protocol versions it speaks.
    package var versions: ClosedRange<UInt8>
    /// Larger for every session of one life of the agent, and different from those of other lives.
    package var session: UInt64
    package var description: AgentDescription

    package init(versions: ClosedRange<UInt8>, session: UInt64, description: AgentDescription) {
        self.versions = versions
        self.session = session
        self.description = description
    }
}

/// A piece of the stream of facts.
package enum StreamItem: Sendable, Hashable {
    case reports([Report])
    case snapshotBegan
    case snapshotEnded
}

/// What a coordinator answers.
package enum CoordinatorMessage: Sendable, Hashable {
    /// Opens the session. `resumeAfter` is the last item received of this agent's life; nil asks for a snapshot.
    case welcome(session: UInt64, version: UInt8, resumeAfter: UInt64?, creditBytes: UInt64)
    /// Everything up to `sequence` arrived; `creditBytes` may be under way unacknowledged.
    case ack(session: UInt64, sequence: UInt64, creditBytes: UInt64)
    /// Something is missing: send again from after `receivedUpTo`, or a snapshot when that is nil.
    case resync(session: UInt64, receivedUpTo: UInt64?)
    /// The session is not known here: say hello.
    case whoAreYou(session: UInt64)
    case refused(session: UInt64, reason: String)
    /// Asks for a piece of files that the agent announced. Without an answer it is asked again.
    case wants(session: UInt64, ModelFilesPlace)
    /// What the coordinator has under way at engines of this agent, for the other coordinators.
    case work(session: UInt64, ReplicaWork)
}

/// The protocol's versions and limits.
package enum AgentProtocolLimits {
    package static let versions: ClosedRange<UInt8> = 1...2
    /// The first version with the work of other replicas; who speaks none of these is told of none.
    static let workVersion: UInt8 = 2
    /// The first version in which a cache report need not say again what it is about.
    static let shortVersion: UInt8 = 2
    /// A message may have this many bytes; larger ones are refused before they are read.
    package static let messageBytesMax = 1 << 20
    /// Bytes of a piece of files.
    package static let pieceBytesMax = 256 << 10
    /// Bytes of all files of one model; larger ones are not announced and not taken.
    package static let modelFilesBytesMax = 60 << 20
    /// Outboxes fill stream items up to about this size.
    static let itemBytesTarget = 64 << 10
    /// Bytes that may be under way unacknowledged; a coordinator grants them.
    package static let creditBytes: UInt64 = 4 << 20
}
