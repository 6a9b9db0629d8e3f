import AgentProtocol
package import KVIndex

/// The fleet in a few numbers, cheap enough to be asked for at each scrape.
package struct FleetSummary: Sendable, Hashable {
    /// Agents by whether they are heard.
    package var connectedAgents = 0
    package var lostAgents = 0
    /// Engines by what may be done with them: those of silent agents are unreachable, whatever they said before.
    package var readyEngines = 0
    package var unreadyEngines = 0
    package var unreachableEngines = 0
    package var index: KVIndexStatistics

    init(_ state: FleetState) {
        index = state.index.statistics
        for agent in state.agents.values {
            if agent.lostAt == nil { connectedAgents += 1 } else { lostAgents += 1 }
        }
        for (description, basics) in zip(state.layout.descriptions, state.layout.basics) {
            if !basics.isReachable {
                unreachableEngines += 1
            } else if description.isReady {
                readyEngines += 1
            } else {
                unreadyEngines += 1
            }
        }
    }
}
