package import AgentProtocol

/// One engine as a router sees it.
package struct EngineState: Sendable, Hashable {
    package var description: EngineDescription
    package var load: EngineLoad
    /// The agent that reports it.
    package var agent: AgentID
    /// Its agent is heard from, or fell silent less than the grace ago. Unreachable engines may still run, but what is
    /// said of them here is old.
    package var isReachable: Bool

    package init(
        description: EngineDescription, load: EngineLoad = EngineLoad(), agent: AgentID, isReachable: Bool = true
    ) {
        self.description = description
        self.load = load
        self.agent = agent
        self.isReachable = isReachable
    }
}
