package import AgentProtocol
package import KVIndex

/// What admin pages show of the fleet; plain values, sorted by name.
package struct FleetDebug: Sendable {
    /// One agent.
    package struct Agent: Sendable {
        package var id: AgentID
        /// Nil when it was heard before it introduced itself.
        package var description: AgentDescription?
        /// How long it has been lost; nil while connected.
        package var lostFor: Duration?
        /// A snapshot is being received.
        package var isReceivingSnapshot: Bool
        package var engines: Int
    }

    /// One rank that reported blocks.
    package struct Rank: Sendable {
        package var id: RankID
        package var blocks: Int
    }

    package var agents: [Agent]
    package var engines: [EngineState]
    package var ranks: [Rank]
    package var index: KVIndexStatistics

    init(_ state: FleetState, _ picture: FleetPicture, now: Duration) {
        agents = state.agents.map { id, agent in
            Agent(
                id: id, description: agent.description, lostFor: agent.lostAt.map { now - $0 },
                isReceivingSnapshot: agent.building != nil, engines: agent.picture.engines.count)
        }.sorted { $0.id < $1.id }
        engines = picture.snapshot.engines.values.sorted { $0.description.id < $1.description.id }
        ranks = state.index.blockCounts().compactMap { rank, blocks in
            picture.id(of: rank).map { Rank(id: $0, blocks: blocks) }
        }.sorted { $0.id < $1.id }
        index = state.index.statistics
    }
}
