package import AgentProtocol

/// One data-parallel rank of an engine, from 0.
package struct RankID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var engine: EngineID
    package var rank: Int

    package init(engine: EngineID, rank: Int) {
        self.engine = engine
        self.rank = rank
    }

    /// `namespace/pod:port#rank`.
    package var description: String { "\(engine)#\(rank)" }

    package static func < (left: RankID, right: RankID) -> Bool {
        (left.engine, left.rank) < (right.engine, right.rank)
    }
}
