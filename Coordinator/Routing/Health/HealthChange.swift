package import AgentProtocol

/// An engine that was left out of decisions, or taken back in, and when and why.
package struct HealthChange: Sendable, Hashable {
    package var engine: EngineID
    package var change: CircuitBreaker.Change
    /// The ledger's time.
    package var at: Duration

    package init(engine: EngineID, change: CircuitBreaker.Change, at: Duration) {
        self.engine = engine
        self.change = change
        self.at = at
    }
}
