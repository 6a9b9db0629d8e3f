package import AgentProtocol

/// Where an agent's modules tell facts: the link to all coordinators, or its twin in memory.
package protocol ReportSink: Sendable {
    /// Tells a fact. A fact about one engine is told after those it follows, and after the state that the snapshot reads
    /// has changed.
    func send(_ report: Report)
}
